"""Texts of the signature doctor, in English and in Chinese."""

SIGNATURES: dict[str, tuple[str, str]] = {
    "nav.signatures": ("Signatures", "签名诊断"),
    "signature.title": ("Signature doctor", "签名诊断"),
    "signature.paste": ("A request that you have", "诊断一个请求"),
    "signature.request": (
        "Request line, headers, an empty line, body; or an address with a signature",
        "请求行、请求头、空行、请求体；或带签名的地址",
    ),
    "signature.request.help": (
        "It is not kept and not shown again. Without Content-Length, line ends of the body are tried both ways.",
        "不会保存，也不会再次显示。没有 Content-Length 时，将尝试请求体的两种换行。",
    ),
    "signature.called": ("Host that the client calls", "客户端访问的主机"),
    "signature.called.help": ("Where a proxy changes it.", "代理更改了主机时填写。"),
    "signature.at": ("Received at (Unix time)", "接收时间（Unix 时间）"),
    "signature.at.help": ("By which its age is judged.", "据此判断请求是否过期。"),
    "signature.now": ("now", "现在"),
    "signature.examine": ("Examine", "诊断"),
    "signature.bad_time": ("The time must be Unix time in seconds, or empty.", "时间须为以秒计的 Unix 时间，或留空。"),
    "signature.bad_host": ("The host cannot be read.", "无法识别主机。"),
    "signature.no_request": (
        "That is no request: a line such as POST / HTTP/1.1, then headers, an empty line and the body.",
        "这不是请求。首行须形如 POST / HTTP/1.1，其后是请求头、空行和请求体。",
    ),
    "signature.refused": ("Latest refused requests", "最近被拒绝的请求"),
    "signature.when": ("Time (UTC)", "时间（UTC）"),
    "signature.why": ("Refused with", "错误码"),
    "signature.none": ("No refused request is kept.", "没有保存被拒绝的请求。"),
    "signature.kept": (
        "The latest 200 that this API process has refused, without tokens, keys and bodies.",
        "本 API 进程最近拒绝的 200 个请求，不含令牌、密钥和请求体。",
    ),
    "signature.id": ("RequestId", "请求编号（RequestId）"),
    "signature.answer": ("It was told", "返回的消息"),
    "signature.line": ("Request", "请求"),
    "signature.size": ("body of {size}", "请求体 {size}"),
    "signature.headers": ("Headers, without secrets", "请求头（不含机密）"),
    "verdict.valid": (
        "The signature is right and nothing else is wrong with the authentication.",
        "签名正确，鉴权的其他部分也没有问题。",
    ),
    "verdict.refused": (
        "The signature is right, but the request is refused all the same:",
        "签名正确，但请求仍被拒绝：",
    ),
    "verdict.mismatch": ("The signature is wrong:", "签名错误："),
    "verdict.unreadable": ("The request cannot be checked:", "无法检查此请求："),
    "signature.canonical": ("Canonical request, as this server builds it", "本服务器生成的规范请求串"),
    "signature.string": ("String to sign, as this server builds it", "本服务器生成的待签名字符串"),
    "signature.sent": ("Signature that was sent:", "请求中的签名："),
}  # fmt: skip
