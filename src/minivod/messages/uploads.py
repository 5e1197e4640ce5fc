"""Uploads from browsers and Mini Programs: upload signatures and the three calls."""

PAIRS = {
    # endpoint.py
    "the method is {method}; an upload is asked for by POST": "请求方法是 {method}；上传接口只接受 POST",
    "the Action is given more than once; it must be one of {names}": "Action 出现多次；须为以下之一：{names:list}",
    "the Action is {given}; it must be one of {names}": "Action 是 {given:text}；须为以下之一：{names:list}",
    "missing": "（未填写）",
    "the body may have {most} bytes, this one has more": "请求体最多 {most} 字节，此请求超过了",
    "{name} is {given}; it must be a string": "{name:word} 是 {given}；须为字符串",
    "the key {secret_id} is temporary; an upload signature has no place for its token: sign with a permanent key": (
        "密钥 {secret_id} 是临时密钥；上传签名中没有 Token 的位置，请用长期密钥签名"
    ),
    "the server could not carry out the request; its log has the reason under the RequestId {request_id}": (
        "服务器未能处理此请求；原因记录在服务器日志中，RequestId 为 {request_id}"
    ),
    # signature.py
    "the upload signature": "上传签名",
    "the parameter {name} is missing; the upload signature requires it": "缺少参数 {name}，上传签名必须包含它",
    "signature is not Base64 (RFC 4648, with + and / and padding); it must be base64(HMAC-SHA1(SecretKey, original) "
    "followed by original)": (
        "signature 不是 Base64（RFC 4648，含 + 和 / 以及填充）；须为 "
        "base64(HMAC-SHA1(SecretKey, original) 后接 original)"
    ),
    "signature has {size} bytes; {mac} of the HMAC-SHA1 must be followed by what was signed": (
        "signature 有 {size} 字节；须为 {mac} 字节的 HMAC-SHA1 后接被签名的内容"
    ),
    "expireTime is {ends}, {seconds} s after currentTimeStamp; it must be 1 to {longest} s after it": (
        "expireTime 是 {ends}，比 currentTimeStamp 晚 {seconds} 秒；须晚 1 到 {longest} 秒"
    ),
    "currentTimeStamp {begins} is {seconds} s ahead of the server's clock; {skew} s are accepted": (
        "currentTimeStamp {begins} 比服务器时间快 {seconds} 秒；允许相差 {skew} 秒"
    ),
    "the upload signature expired {seconds} s ago by the server's clock (expireTime {ends}); make another one": (
        "按服务器时间，上传签名已在 {seconds} 秒前过期（expireTime {ends}）；请重新生成"
    ),
    "signature was not made with the SecretKey of {secret_id}; it must be base64(HMAC-SHA1(SecretKey, original) "
    "followed by original), both of the same bytes": (
        "signature 不是用 {secret_id} 的 SecretKey 生成的；须为 base64(HMAC-SHA1(SecretKey, original) 后接 original)，"
        "两处 original 须逐字节相同"
    ),
    # calls.py
    "the upload signature has oneTimeValid=1 and was used already; ask your server for another one, with another "
    "random": "上传签名的 oneTimeValid 为 1，且已被使用；请向您的服务器获取新的签名（random 须不同）",
    "fileId {file_id}: the cover of a video that exists is changed by ModifyMediaInfo; an upload signature does not "
    "say which videos its holder may change": (
        "fileId {file_id}：已有视频的封面须用 ModifyMediaInfo 修改；上传签名没有指明持有者可以修改哪些视频"
    ),
    "{name} is {size}; a file may have at most {most} bytes": "{name:word} 是 {size}；一个文件最多 {most} 字节",
    "the parameter videoType is missing; ApplyUploadUGC requires it, or vodSessionKey to resume an upload": (
        "缺少参数 videoType；ApplyUploadUGC 要求填写它，续传时则填写 vodSessionKey"
    ),
    "{name} was committed already, as FileId {file_id}": "{name:word} 已确认上传为 FileId {file_id}",
    "{name} cannot be given with {session}: that upload has it already": (
        "{name:word} 不能与 {session:word} 同时填写：那次上传已有此信息"
    ),
    "coverType {given} is not that of the upload that is resumed, which has {kind}": (
        "coverType {given} 与要续传的上传不一致，后者的封面类型：{kind:text}"
    ),
    "no cover": "无封面",
    "storageRegion {given} is not that of the upload, which is {has}; leave it out": (
        "storageRegion {given} 与上传的存储地域 {has} 不一致；请不要填写"
    ),
}
