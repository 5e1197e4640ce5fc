"""What users of the console read beside what callers do: of signed links, of receivers, and of signatures."""

PAIRS: dict[str, str] = {
    "t must be the Unix time of the expiry as 8 hexadecimal digits, such as 6a4b3c2d": (
        "t 须为到期的 Unix 时间，写作 8 位十六进制数，例如 6a4b3c2d"
    ),
    "exper must be a number of seconds, at most 9999999, without zeros in front": (
        "exper 须为秒数，最大 9999999，前面不能有零"
    ),
    "rlimit must be one digit, 0 to 9": "rlimit 须为一位数字，0 至 9",
    "us must be at most {longest_us} characters, all of them printable": (
        "us 最多 {longest_us:number} 个字符，且须均可显示"
    ),
    "exper or rlimit is not the one that us ends with": "exper 或 rlimit 与 us 末尾的不一致",
    "sign is not that of this path and these members by the application's key": (
        "sign 与此路径、这些参数以及应用密钥算出的签名不符"
    ),
    "t has passed: {t} was {value} s ago": "t 已过期：{t:word} 是 {value:number} 秒之前",
    "Dir is without its last slash": "Dir 缺少末尾的斜杠",
    "Dir is without its first slash": "Dir 缺少开头的斜杠",
    "Dir has the name of the file": "Dir 包含了文件名",
    "t is written otherwise (capitals) in the address": "t 的大小写与地址中的不同",
    "t is decimal": "t 写成了十进制",
    "us comes before exper and rlimit": "us 写在了 exper 和 rlimit 之前",
    "exper and rlimit are in the address alone": "exper 和 rlimit 只在地址中，未参与签名",
    "us is in the address alone": "us 只在地址中，未参与签名",
    # receivers of callbacks
    "took the test event: {status} after {took}": "接收了测试事件：应答 {status:number}，用时 {took}",
    "that is near to the limit of {timeout} s (push_timeout)": ("接近 {timeout:number} 秒的上限（push_timeout）"),
    "{words} (after {took})": "{words:text}（用时 {took}）",
    "answered {status}; redirects are not followed": "应答 {status:number}；不跟随重定向",
    "answered {status}: it wants no further calls": "应答 {status:number}：不再接收回调",
    "answered {status}; only 2xx means that it has the event": "应答 {status:number}；只有 2xx 表示已收到事件",
    "it wants credentials, or takes the signature for wrong: compare its secret with `minivod events secret`": (
        "接收方需要凭证，或认为签名有误：请将其密钥与 `minivod events secret` 的输出对比"
    ),
    "there is nothing at this path; look at the URL's path": "没有此路径；请检查 URL 的路径",
    "it does not take POST at this path": "此路径不接受 POST",
    "it says that it is gone; a real event would end the calls until another NotificationUrl is set": (
        "接收方表示已停用；若是真实事件，将停止回调，直到设置新的 NotificationUrl"
    ),
    "it wants a Content-Length, which is sent: something in between drops it": (
        "接收方要求 Content-Length；已发送该头，但被中间环节去掉"
    ),
    "it, or a proxy before it, takes no bodies of this size": "接收方或其前面的代理不接受这么大的请求体",
    "it does not take application/json": "接收方不接受 application/json",
    "it has too many calls; events wait as long as its Retry-After says, a day at most": (
        "接收方收到的调用过多；事件将按其 Retry-After 等待，最长一天"
    ),
    "it must answer within push_timeout: let it keep the event, answer, and work on it afterwards": (
        "须在 push_timeout 内应答：请先保存事件并应答，之后再处理"
    ),
    "this server does not call it; the operator may allow it by egress_networks and egress_ports": (
        "本服务器不向该地址发送；运营者可用 egress_networks 和 egress_ports 放行"
    ),
    "look whether it runs, and is reached from here (DNS, firewall, certificate, egress_networks)": (
        "请检查接收方是否在运行，以及从这里能否访问它（DNS、防火墙、证书、egress_networks）"
    ),
    "it took the connection and did not answer in HTTP: look for a crash, or for HTTPS behind an http:// URL": (
        "接收方接受了连接，但没有以 HTTP 应答：可能已崩溃，或 http:// 地址后面其实是 HTTPS"
    ),
    "set NotificationUrl to the address to which it redirects (often https:// in place of http://, or a / more)": (
        "请将 NotificationUrl 设为重定向的目标地址（通常是把 http:// 换成 https://，或末尾多一个 /）"
    ),
    "it, or a proxy before it, failed: look at its log. A real event would be sent {number} times more": (
        "接收方或其前面的代理出错：请查看其日志。真实事件还会再发送 {number:number} 次"
    ),
    "it must answer 2xx when it has kept the event": "保存事件后须应答 2xx",
    "refuses {what}: {words}": "拒绝了{what:term}：{words:text}",
    "takes {what}: {status}": "接受了{what:term}：应答 {status:number}",
    "it does not verify webhook-signature, so {danger}": "接收方未校验 webhook-signature，因此{danger:term}",
    "a wrong signature": "错误的签名",
    "a timestamp that is an hour old": "一小时之前的时间戳",
    "anybody who knows the URL can send it events": "知道该地址的任何人都可以向它发送事件",
    "whoever has recorded a call can send it again later": "记录过某次回调的人可以之后重放",
    # the signature doctor
    "Credential names the service {service}; it must be 'vod'": "Credential 中的服务名是 {service}，须为 'vod'",
    "Credential names the date {date}; the UTC day of the timestamp is {day}": (
        "Credential 中的日期是 {date:word}，而时间戳的 UTC 日期是 {day:word}"
    ),
    "X-TC-Action is not among SignedHeaders; the setting strict_signature requires it": (
        "SignedHeaders 中没有 X-TC-Action；设置 strict_signature 要求包含它"
    ),
    "the body is not signed; the setting allow_unsigned_payload refuses that": (
        "请求体未签名；设置 allow_unsigned_payload 不允许这样做"
    ),
    "the caller's clock is {difference} s {where} the server's (or the request was kept that long); {window} s are "
    "accepted": "调用方的时钟与服务器相差 {difference:number} 秒（调用方{where:term}），或请求被搁置了这么久；"
    "最多允许 {window:number} 秒",
    "SecretId and SecretKey are swapped: the request names the SecretKey of {secret_id} as its SecretId; it was sent "
    "over the network, so replace the key (`minivod keys create`, `minivod keys disable`)": (
        "SecretId 与 SecretKey 填反了：请求把 {secret_id:word} 的 SecretKey 当作了 SecretId；"
        "它已在网络上传输，请更换密钥（`minivod keys create`、`minivod keys disable`）"
    ),
    "SecretId {name} does not exist here; `minivod keys list` shows those that do": (
        "SecretId {name} 在此服务器上不存在；`minivod keys list` 列出现有的密钥"
    ),
    "the key {secret_id} is disabled; `minivod keys create` makes another": (
        "密钥 {secret_id:word} 已停用；可用 `minivod keys create` 新建"
    ),
    "the key is a temporary one, but the request has no token (X-TC-Token, or Token)": (
        "这是临时密钥，但请求没有令牌（X-TC-Token 或 Token）"
    ),
    "the request has a token, but the key is a permanent one": "请求带有令牌，但密钥是永久密钥",
    "the token is not the one of this temporary key": "令牌不是此临时密钥的令牌",
    "no common mistake explains it. Compare the two texts below with what the client built: if the canonical requests "
    "differ, the first line that differs is the cause (its last line is the hash of the body); if both texts are "
    "equal, the SecretKey differs{sent}": (
        "常见错误均不符合。请将下面两段文本与客户端生成的对比：规范请求串如有不同，第一处不同的行就是原因"
        "（最后一行是请求体的哈希）；若两段都相同，则是 SecretKey 不同{sent:text}"
    ),
    "no common mistake explains it. Compare the string to sign below with the client's; if they are equal, the "
    "SecretKey differs{headers}": (
        "常见错误均不符合。请将下面的待签名字符串与客户端的对比；若相同，则是 SecretKey 不同{headers:text}"
    ),
    "Signature was not URL-encoded: each + in it arrived as a space": (
        "Signature 未做 URL 编码：其中的每个 + 到达时变成了空格"
    ),
    "the client {words}": "客户端{words:known}",
    "signed the host {other}, but {arrived} arrived{hint}": "签名用的主机是 {other}，而收到的是 {arrived}{hint:text}",
    "signed the Content-Type {content_type}, but sent {value}": (
        "签名用的 Content-Type 是 {content_type}，而发送的是 {value}"
    ),
    "signed the method {method}, but sent {method2}": "签名用的方法是 {method:word}，而发送的是 {method2:word}",
    "derived its key for the service {service}, not 'vod'": "派生密钥用的服务名是 {service}，而不是 'vod'",
    "left out the empty line between the headers and SignedHeaders in the canonical request": (
        "在规范请求串中漏掉了请求头与 SignedHeaders 之间的空行"
    ),
    "ended the canonical request with a line feed": "在规范请求串末尾多了一个换行符",
    "wrote an empty path, not /, in the canonical request": "在规范请求串中把路径写成了空，而不是 /",
    "hashed in upper-case hex digits": "把哈希写成了大写的十六进制",
    "derived its key without the prefix TC3": "派生密钥时没有加前缀 TC3",
    "signed the canonical request itself, not the string to sign": "直接对规范请求串签名，而不是对待签名字符串",
    "signed URL-encoded values; values are signed as they are, then encoded": (
        "对 URL 编码后的值签名；应先对原值签名，再编码"
    ),
    "signed with {other}, but says {signature_method}": "用 {other:word} 签名，却声明为 {signature_method:word}",
    "{words} in the string to sign": "在待签名字符串中{words:term}",
    "did not sort the parameters": "没有对参数排序",
    "sorted the parameters without regard to case": "排序参数时忽略了大小写",
    "left SignatureMethod out": "漏掉了 SignatureMethod",
    "left out parameters without a value": "漏掉了没有值的参数",
    "signed dots where names have underscores": "把参数名中的下划线写成了点",
    "left the path / out": "漏掉了路径 /",
    "left the method out": "漏掉了请求方法",
    "signed the parameters alone": "只有参数",
    "wrote the signature in hex, not in base64": "把签名写成了十六进制，而不是 base64",
    "uses a SecretKey with {name} at its end": "使用的 SecretKey 末尾有{name:known}",
    "uses a SecretKey with {name} at its beginning": "使用的 SecretKey 开头有{name:known}",
    "a carriage return and a line feed": "回车和换行符",
    "a zero-width space": "零宽空格",
    "a comma": "逗号",
    "a semicolon": "分号",
    "a full stop": "句点",
    "a line feed that is written as \\n": "写成 \\n 的换行符",
    "an equals sign": "等号",
    "uses a SecretKey in {name}": "使用的 SecretKey 带有{name:known}",
    "double quotes": "双引号",
    "single quotes": "单引号",
    "typographic quotes": "弯双引号（“”）",
    "single typographic quotes": "弯单引号（‘’）",
    "backquotes": "反引号",
    "angle brackets": "尖括号",
    "braces": "花括号",
    "uses a SecretKey in lower case": "使用的 SecretKey 被转成了小写",
    "uses a SecretKey in upper case": "使用的 SecretKey 被转成了大写",
    "uses a SecretKey that was never read: a word for nothing stands in its place": (
        "没有读到 SecretKey：代替它的是一个表示空值的词"
    ),
    "uses a SecretKey whose first letter is missing": "使用的 SecretKey 缺第一个字符",
    "uses a SecretKey whose last letter is missing": "使用的 SecretKey 缺最后一个字符",
    "uses a SecretKey that was pasted twice": "使用的 SecretKey 被粘贴了两次",
    "uses a SecretKey in base64": "使用的 SecretKey 被编成了 base64",
    "uses a SecretKey that is URL-encoded, with a line feed at its end": "使用的 SecretKey 经过 URL 编码，末尾有换行符",
    "uses the SecretKey of {secret_id}, which is another key of this server": (
        "使用的是 {secret_id} 的 SecretKey，那是本服务器的另一个密钥"
    ),
    "uses the SecretId as the SecretKey too": "把 SecretId 也当作 SecretKey 使用",
    "uses SecretId and SecretKey together as the SecretKey": "把 SecretId 和 SecretKey 连在一起当作 SecretKey 使用",
    "uses an empty SecretKey": "使用的 SecretKey 为空",
    "signed an empty body; the body was added or changed after signing": (
        "对空请求体签名；请求体是在签名之后加上或更改的"
    ),
    "signed UNSIGNED-PAYLOAD without the header X-TC-Content-SHA256: UNSIGNED-PAYLOAD": (
        "以 UNSIGNED-PAYLOAD 签名，却没有发送请求头 X-TC-Content-SHA256: UNSIGNED-PAYLOAD"
    ),
    "signed the body although X-TC-Content-SHA256 says UNSIGNED-PAYLOAD": (
        "对请求体签了名，而 X-TC-Content-SHA256 声明为 UNSIGNED-PAYLOAD"
    ),
    "signed the body {words}; it was changed after signing": "签名时请求体{words:term}；请求体在签名之后被更改",
    "with a line feed at its end": "末尾有换行符",
    "without white space around it": "前后没有空白",
    "with CR LF line ends": "以 CR LF 换行",
    "with LF line ends": "以 LF 换行",
    "wrote a hash of the body that is not SHA-256 but MD5": "请求体的哈希用的是 MD5，而不是 SHA-256",
    "signed the same JSON written otherwise (spaces, order or escapes); send the bytes that you sign": (
        "签名用的是写法不同的同一 JSON（空格、顺序或转义）；请发送与签名时相同的字节"
    ),
    "left the query out of the canonical request": "在规范请求串中漏掉了查询串",
    "sorted the query, which is signed as it is sent": "对查询串排了序；查询串应按发送时的样子签名",
    "signed the decoded query, which is signed as it is sent": "对解码后的查询串签名；查询串应按发送时的样子签名",
    "encoded the query otherwise than it was sent": "签名时查询串的编码与发送时不同",
    "derived its key for another day than the UTC day of the timestamp (a local date?)": (
        "派生密钥用的日期不是时间戳的 UTC 日期（可能用了本地日期）"
    ),
    "; set the endpoint in the SDK's HttpProfile, so that it signs the host it calls": (
        "；请在 SDK 的 HttpProfile 中设置 endpoint，使其对所访问的主机签名"
    ),
    "; sign the host alone, without what else is in a URL": "；请只对主机签名，不要带上 URL 的其他部分",
    "; a proxy in front of this server {dropped}": "；本服务器前面的代理{dropped:known}",
    "drops the port, as nginx does with `proxy_set_header Host $host;` - `{nginx_line}` mends it": (
        "去掉了端口，nginx 的 `proxy_set_header Host $host;` 就会这样；改用 `{nginx_line}` 即可"
    ),
    "; the port in Host differs: either the client's HTTP library leaves the usual port out of Host, so leave it out "
    "where the client is told of the host, or a proxy in front of this server {dropped}": (
        "；Host 的端口不同：或是客户端的 HTTP 库省略了常用端口，请在客户端配置主机时也省略；"
        "或是本服务器前面的代理{dropped:known}"
    ),
    "; the port in Host differs: a proxy in front of this server puts its own there (in a container, the one that is "
    "mapped to another), as nginx does with `proxy_set_header Host $host:$server_port;`, or that of its upstream, as "
    "with `proxy_pass` alone - `{nginx_line}` mends it": (
        "；Host 的端口不同：本服务器前面的代理写入了自己的端口（在容器中是被映射的端口），"
        "nginx 的 `proxy_set_header Host $host:$server_port;` 就会这样，或者填了上游的端口，"
        "只写 `proxy_pass` 就会这样；改用 `{nginx_line}` 即可"
    ),
    '; a proxy in front of this server leaves the Host out, as nginx does with `proxy_set_header Host "";` - '
    "`{nginx_line}` mends it": (
        '；本服务器前面的代理去掉了 Host，nginx 的 `proxy_set_header Host "";` 就会这样；改用 `{nginx_line}` 即可'
    ),
    "; a proxy in front of this server must hand the Host on as it came, but sends another, as nginx does with "
    "`proxy_pass` alone - `{nginx_line}` mends it": (
        "；本服务器前面的代理须原样传递 Host，却发送了另一个，nginx 只写 `proxy_pass` 时就会这样；"
        "加上 `{nginx_line}` 即可"
    ),
    "; they differ in upper and lower case only: write the host in lower case where the client is told of it (a proxy "
    "in front can change that too, as nginx does with `proxy_set_header Host $host;` - `{nginx_line}` mends it)": (
        "；只有大小写不同：请在客户端配置中用小写的主机名（前面的代理也可能改变大小写，"
        "nginx 的 `proxy_set_header Host $host;` 就会这样；改用 `{nginx_line}` 即可）"
    ),
    "; they differ in the dot at the end of the name only: leave it out where the client is told of it (a proxy in "
    "front can drop it, as nginx does with `proxy_set_header Host $host;` - `{nginx_line}` mends it)": (
        "；只差主机名末尾的点：请在客户端配置中去掉它（前面的代理也可能去掉它，"
        "nginx 的 `proxy_set_header Host $host;` 就会这样；改用 `{nginx_line}` 即可）"
    ),
    "; it is the same IPv6 address: sign it as it is sent, in brackets and in the same spelling": (
        "；这是同一个 IPv6 地址：请按发送时的写法（带方括号）签名"
    ),
    ". The request arrived with the Host {arrived}: if clients call another one, a proxy changes it (nginx: "
    "`{nginx_line}` mends that); say which one they call with --called, or with the setting public_url": (
        "。请求到达时的 Host 是 {arrived}：若客户端访问的是另一个主机，则是代理更改了它（nginx：用 `{nginx_line}` "
        "即可）；请用 --called 或设置 public_url 说明客户端访问的主机"
    ),
}
