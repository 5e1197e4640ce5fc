"""How the API is called: HTTP, common parameters, authentication, the form of parameters, limits."""

PAIRS = {
    # request.py: the way of calling and the common parameters
    "the method is {method}; the API is called by GET and POST": "请求方法是 {method}；API 只接受 GET 和 POST",
    "the path is {path}; the API's only path is /": "请求路径是 {path}；API 只有一个路径：/",
    "the header {name} was sent more than once": "请求头 {name} 出现了不止一次",
    "the body is compressed (Content-Encoding); the API accepts plain bodies": (
        "请求体经过压缩（Content-Encoding）；API 只接受未压缩的请求体"
    ),
    "a POST request carries its parameters in the body; this one has a query too": (
        "POST 请求的参数放在请求体中，而此请求还带有查询字符串"
    ),
    "a GET request carries its parameters in the query; this one has a body too": (
        "GET 请求的参数放在查询字符串中，而此请求还带有请求体"
    ),
    "the signed header {name} was sent more than once": "参与签名的请求头 {name} 出现了不止一次",
    "Content-Type is {given}; a POST request with {algorithm} has {json} or {multipart}": (
        "Content-Type 是 {given}；使用 {algorithm} 的 POST 请求须为 {json} 或 {multipart}"
    ),
    "the request is not signed: it has no Authorization header, and no parameters of the old signature, whose "
    "Content-Type is {form}": (
        "请求没有签名：既没有 Authorization 请求头，也没有旧版签名的参数（旧版签名的 Content-Type 是 {form}）"
    ),
    "Nonce is {nonce}; it must be a positive integer": "Nonce 是 {nonce}；须为正整数",
    "SignatureMethod is {method}; it must be one of {methods}": (
        "SignatureMethod 是 {method}；须为以下之一：{methods:list}"
    ),
    "Content-Type is {given}; the charset of the API is UTF-8": "Content-Type 是 {given}；API 的字符集是 UTF-8",
    "the parameters are not UTF-8": "参数不是 UTF-8 编码",
    "the request has more than {most} parameters": "请求的参数超过 {most} 个",
    "{name} is given more than once": "{name} 出现了不止一次",
    "the common parameter {name} is missing": "缺少公共参数 {name}",
    "{name} is {text}; it must be Unix time in whole seconds": "{name:word} 是 {text}；须为以整秒计的 Unix 时间戳",
    "{name} is {value}; this server speaks {version}": "{name:word} 是 {value}；本服务器支持的版本是 {version}",
    "{name} is {value}; it must be one of {languages}": "{name:word} 是 {value}；须为以下之一：{languages:list}",
    "{name} is {value}, which is no region, such as ap-guangzhou": (
        "{name:word} 是 {value}，不是地域名称（例如 ap-guangzhou）"
    ),
    # signature_v3.py
    "Authorization {fault}; this server accepts {algorithm}, or the old signature in the parameters Signature and "
    "SignatureMethod": (
        "Authorization {fault:text}；本服务器接受 {algorithm}，或在参数 Signature 和 SignatureMethod 中使用旧版签名"
    ),
    "begins with {algorithm}": "以 {algorithm} 开头",
    "names no algorithm": "没有写明签名算法",
    "Authorization is malformed; it must be {form}": "Authorization 格式有误；须为 {form:text}",
    "{algorithm} Credential=SecretId/YYYY-MM-DD/{service}/tc3_request, SignedHeaders=…, Signature=64 hex digits": (
        "{algorithm:word} Credential=SecretId/YYYY-MM-DD/{service:word}/tc3_request, SignedHeaders=…, "
        "Signature=64 位十六进制数字"
    ),
    "SignedHeaders lacks {name}; content-type and host must be signed": (
        "SignedHeaders 中缺少 {name}；content-type 和 host 必须参与签名"
    ),
    "SignedHeaders names a header twice or has an empty name": "SignedHeaders 中有重复或为空的请求头名称",
    "SignedHeaders names host, which did not arrive; a proxy in front of this server must hand it on (nginx: "
    "`{nginx_line}`)": (
        "SignedHeaders 中有 host，但请求到达时没有它；本服务器前面的代理必须传递它（nginx：`{nginx_line}`）"
    ),
    "SignedHeaders names {name}, which was not sent": "SignedHeaders 中有 {name}，但请求没有发送它",
    # authentication.py
    "SecretId {shown}: {fault}": "SecretId {shown}：{fault:text}",
    "SecretId {secret_id} does not exist or is disabled": "SecretId {secret_id} 不存在或已被禁用",
    "the account {app_id} is disabled": "账号 {app_id} 已被禁用",
    "the request is signed for the product {service}; this server is {own}": (
        "请求是为产品 {service} 签名的；本服务器的产品是 {own}"
    ),
    "the date of Credential is {date}; it must be the UTC day of X-TC-Timestamp, {day}": (
        "Credential 中的日期是 {date}；须为 X-TC-Timestamp 对应的 UTC 日期 {day}"
    ),
    "SignedHeaders lacks x-tc-action, which this server requires (setting strict_signature)": (
        "SignedHeaders 中缺少 x-tc-action，而本服务器要求它参与签名（设置项 strict_signature）"
    ),
    "X-TC-Content-SHA256 is {value}, which this server refuses (setting allow_unsigned_payload)": (
        "X-TC-Content-SHA256 是 {value}，本服务器不接受（设置项 allow_unsigned_payload）"
    ),
    "the timestamp {timestamp} is {seconds} s {where} the server's clock; {window} s are accepted": (
        "时间戳 {timestamp} 比服务器时间{where:term} {seconds} 秒；允许相差 {window} 秒"
    ),
    "ahead of": "快",
    "behind": "慢",
    "the token of this temporary key is missing or wrong": "该临时密钥的 Token 缺失或错误",
    "this key has no token": "该密钥没有 Token",
    "the temporary key expired at {time}": "该临时密钥已于 {time} 过期",
    # secret_ids.py
    "it has {characters} at its {place}": "它的{place:term}有{characters:list}",
    "beginning": "开头",
    "end": "末尾",
    "a space": "空格",
    "a tab": "制表符",
    "a line feed": "换行符",
    "a carriage return": "回车符",
    "a no-break space": "不换行空格",
    "a byte-order mark": "字节顺序标记（BOM）",
    "a double quote": "双引号",
    "a single quote": "单引号",
    "the character U+{code}": "字符 U+{code:word}",
    "it is empty": "它是空的",
    "it has the form of a SecretKey: SecretId and SecretKey are probably swapped; a SecretId is {form}": (
        "它的格式像 SecretKey：SecretId 与 SecretKey 可能填反了；SecretId 是 {form:text}"
    ),
    "it has white space inside": "它的中间有空白字符",
    "it does not begin with AKID in capitals": "它不是以大写的 AKID 开头",
    "it has other text before or after it": "它的前后还有其他文字",
    "it is the name of a variable that was not replaced by its value": "它是没有被替换成值的变量名",
    "it does not have the form of a key of this server: {form}": "它不符合本服务器密钥的格式：{form:text}",
    "AKID and 32 letters or digits": "AKID 加 32 个字母或数字",
    # applications.py: which application, and what the key may do
    "the parameter {name} is missing; this server requires it (setting require_sub_app_id); the default application "
    "of this account is {app_id}": (
        "缺少参数 {name:word}；本服务器要求填写（设置项 require_sub_app_id）；此账号的默认应用是 {app_id}"
    ),
    "{name} is {chosen}, which is no application of this account; its default application is {app_id}": (
        "{name:word} 是 {chosen}，不是此账号下的应用；此账号的默认应用是 {app_id}"
    ),
    "there is no application {sub_app_id}": "应用 {sub_app_id} 不存在",
    "the key may not use the application {meant}; it may use {allowed}": (
        "该密钥不能使用应用 {meant:text}；它可以使用：{allowed:list}"
    ),
    "{chosen} ({name} is absent, which means the default application)": (
        "{chosen:word}（没有填写 {name:word}，即为默认应用）"
    ),
    "the key may not call {action}; it may call {allowed}": "该密钥无权调用 {action}；它可以调用：{allowed:list}",
    "none": "无",
    # rate_limit.py, body.py
    "the account {app_id} calls {action} more than {limit} times a second, which is the limit": (
        "账号 {app_id} 调用 {action} 每秒超过了 {limit} 次的上限"
    ),
    "the server cannot reach its store of request counts now; try again": "服务器暂时无法连接请求计数的存储，请重试",
    "the body did not arrive within {seconds} s": "请求体没有在 {seconds} 秒内到达",
    "too many large requests arrive at the same time; try again": "同时到达的大请求过多，请重试",
    "the query has {size} bytes; a GET request may have {limit}; use POST for more": (
        "查询字符串有 {size} 字节；GET 请求最多 {limit} 字节；更大的请求请用 POST"
    ),
    "the body of a POST request {way} may have {limit} bytes, this one has more": (
        "{way:term}的 POST 请求，请求体最多 {limit} 字节，此请求超过了"
    ),
    "with the old signature": "使用旧版签名",
    "with TC3-HMAC-SHA256": "使用 TC3-HMAC-SHA256",
    # parameters.py: the form of parameters
    "the body": "请求体",
    "the body must be a JSON object whose members are the parameters": "请求体须为 JSON 对象，其成员是各个参数",
    "{what} is not UTF-8: byte {place}": "{what:term}不是 UTF-8 编码：第 {place} 字节",
    "{what} is not JSON: {fault} at line {line} column {column}": (
        "{what:term}不是 JSON：{fault}（第 {line} 行第 {column} 列）"
    ),
    "{what} is nested too deep": "{what:term}的嵌套过深",
    "the body has more than {most} values": "请求体中的值超过 {most} 个",
    "the body has more than {most} levels of objects and lists": "请求体中对象和列表的嵌套超过 {most} 层",
    "{name} has more than {most} levels": "{name} 的嵌套超过 {most} 层",
    "the items of {path} must be numbered 0, 1, 2, … without gaps": (
        "{path} 的各项须从 0 开始依次编号（0、1、2……），不能有间断"
    ),
    "Content-Type is {given}; multipart/form-data needs a boundary": (
        "Content-Type 是 {given}；multipart/form-data 须带有 boundary"
    ),
    "the body is not multipart/form-data: {error}": "请求体不是 multipart/form-data：{error:text}",
    "the body is not multipart/form-data: its last boundary is missing": (
        "请求体不是 multipart/form-data：缺少结尾的 boundary"
    ),
    "a part of the body has the header {name} twice": "请求体的某一部分有两个 {name} 头",
    "the header {name} of a part of the body is not UTF-8": "请求体某一部分的头 {name} 不是 UTF-8 编码",
    "a part of the body has no name in its Content-Disposition": "请求体某一部分的 Content-Disposition 中没有 name",
    "the body has more than {most} parts": "请求体的部分超过 {most} 个",
    "{name} is not UTF-8 text": "{name} 不是 UTF-8 文本",
    "the body is not JSON: {text} is not a JSON value": "请求体不是 JSON：{text} 不是 JSON 值",
    "{path} has a character that text cannot have: U+0000 or half a surrogate": (
        "{path} 中有文本不能包含的字符：U+0000 或不成对的代理项"
    ),
    # registry.py: actions and the types of parameters
    "the action {name} belongs to the API but is not built in minivod yet; the {count} that are built stand in "
    "docs/coverage.md": ("接口 {name} 属于该 API，但 minivod 尚未实现；已实现的 {count} 个接口见 docs/coverage.md"),
    "the API has no action {name}; did you mean {meant}? Names are case-sensitive": (
        "该 API 没有接口 {name}；您要调用的是不是 {meant}？名称区分大小写"
    ),
    "the API has no action {name}": "该 API 没有接口 {name}",
    "the parameter {name} is missing; {action} requires it": "缺少参数 {name}，{action} 要求必填",
    "{name} is not a parameter of {action}; {known}": "{name} 不是 {action:text} 的参数；{known:text}",
    "known are {names}": "可用的参数有：{names:list}",
    "it takes no parameters there": "此处没有参数",
    "the body is {value}; it must be {kinds}": "请求体是 {value}；须为 {kinds:list}",
    "{path} is {value}; it must be {accepted}": "{path:word} 是 {value}；须为 {accepted:text}",
    "a list": "列表",
    "a number": "数字",
    "a string": "字符串",
    "an integer": "整数",
    "true or false": "true 或 false",
    "an object": "对象",
    "a finite number": "有限的数字",
    "a number of at most 64 bits": "不超过 64 位的数字",
    "at most 32 letters and digits": "最多 32 个字母或数字",
    "at most 16 letters, digits, hyphens and underscores": "最多 16 个字母、数字、连字符或下划线",
    "8 to 40 printable characters of ASCII without spaces, or empty": (
        "8 到 40 个可打印的 ASCII 字符，不含空格；或为空"
    ),
    "an integer of at most 18 digits": "最多 18 位的整数",
    "a language tag such as zh, en or zh-Hans": "语言标签，例如 zh、en 或 zh-Hans",
    "one of {choices}": "以下之一：{choices:list}",
    "{kind} of length at most {limit}": "长度不超过 {limit:word} 的{kind:term}",
    "{kind} of length at least {limit}": "长度不小于 {limit:word} 的{kind:term}",
    "{kind} at least {limit}": "不小于 {limit:word} 的{kind:term}",
    "{kind} at most {limit}": "不大于 {limit:word} 的{kind:term}",
    "{kind} above {limit}": "大于 {limit:word} 的{kind:term}",
    "{kind} below {limit}": "小于 {limit:word} 的{kind:term}",
}
