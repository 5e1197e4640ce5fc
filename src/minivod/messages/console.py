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
    "look whether it runs, and whether this machine reaches it (firewall, DNS, certificate)": (
        "请检查接收方是否在运行，以及本机能否访问它（防火墙、DNS、证书）"
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
}
