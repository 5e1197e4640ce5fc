"""What each error code says by itself: the docstrings of `errors.py`."""

PAIRS = {
    "The request could not be carried out.": "请求未能执行。",
    "The Authorization header is malformed or names an algorithm that is not supported.": (
        "Authorization 请求头格式有误，或使用了不支持的签名算法。"
    ),
    "The SecretId does not have the form of a key of this server.": "SecretId 不符合本服务器密钥的格式。",
    "The SecretId does not exist or is disabled.": "SecretId 不存在或已被禁用。",
    "The request's timestamp differs from the server's clock by more than five minutes.": (
        "请求的时间戳与服务器时间相差超过五分钟。"
    ),
    "The provided credentials could not be validated. Please check your signature is correct.": (
        "签名校验失败，请检查签名计算是否正确。"
    ),
    "The token of the temporary key is missing, wrong or expired.": "临时密钥的 Token 缺失、错误或已过期。",
    "The key is not allowed to call this action.": "该密钥无权调用此接口。",
    "The key is not allowed to do this.": "该密钥无权执行此操作。",
    "The Action does not exist in this API.": "该 API 没有此 Action。",
    "The Version does not exist; this server speaks 2018-07-17.": "Version 不存在；本服务器支持的版本是 2018-07-17。",
    "The product does not exist; this server is vod.": "产品不存在；本服务器的产品是 vod。",
    "The Region is not supported.": "不支持该 Region。",
    "Requests are GET or POST over HTTP or HTTPS.": "请求须为 HTTP 或 HTTPS 的 GET 或 POST。",
    "The operation is not supported.": "不支持该操作。",
    "A required parameter is missing.": "缺少必填参数。",
    "The request has a parameter that the action does not know.": "请求中有该接口不认识的参数。",
    "A parameter has the wrong type.": "参数类型错误。",
    "There is a procedure of that name.": "已有同名的任务流。",
    "There is no procedure of that name.": "没有该名称的任务流。",
    "A parameter's value is outside what is accepted.": "参数取值不在允许的范围内。",
    "FileId does not have the form of a FileId: 16 to 19 decimal digits.": (
        "FileId 格式有误：FileId 是 16 到 19 位十进制数字。"
    ),
    "FileIds holds a value that is not a FileId.": "FileIds 中有不是 FileId 的值。",
    "The video's container cannot be published.": "视频的容器格式不能发布。",
    "SubAppId is not an application of this account.": "SubAppId 不是此账号下的应用。",
    "There is no transcoding result of this template.": "没有该转码模板的转码结果。",
    "MediaType is not a type of media that can be uploaded.": "MediaType 不是可以上传的媒体类型。",
    "CoverType is not a type of picture that can be uploaded.": "CoverType 不是可以上传的图片类型。",
    "ExpireTime is not an ISO 8601 time in the future.": "ExpireTime 不是 ISO 8601 格式的未来时间。",
    "StorageRegion is not a region of this server.": "StorageRegion 不是本服务器的存储地域。",
    "MediaStoragePath cannot be chosen in this application.": "此应用不能指定 MediaStoragePath。",
    "Procedure does not exist.": "Procedure 不存在。",
    "ClassId is not a category of this application.": "ClassId 不是此应用的分类。",
    "VodSessionKey is not the key of an upload of this application.": "VodSessionKey 不属于此应用的任何一次上传。",
    "The request cannot be read.": "无法读取请求。",
    "The request is larger than this way of calling allows.": "请求大小超过了这种调用方式的上限。",
    "The answer would be larger than the API allows.": "返回内容会超过 API 允许的大小。",
    "The account calls this action too often.": "此账号调用该接口过于频繁。",
    "A quota is used up.": "配额已用完。",
    "The application has as many templates of its own as it may have.": "应用的自定义模板数量已达上限。",
    "The resource does not exist.": "资源不存在。",
    "The media file does not exist.": "媒体文件不存在。",
    "The template does not exist.": "模板不存在。",
    "The resource cannot be used now.": "资源目前不可用。",
    "The resource is in use.": "资源正在使用中。",
    "The operation failed.": "操作失败。",
    "The account is disabled.": "账号已被禁用。",
    "The application may not do this.": "应用无权执行此操作。",
    "A task with this SessionId was begun within the days that the action keeps it.": (
        "在该接口保留 SessionId 的天数内，已有任务使用过这个 SessionId。"
    ),
    "Nothing was uploaded under this session.": "本次上传会话没有上传任何文件。",
    "What was uploaded is no media that this server supports.": "上传的文件不是本服务器支持的媒体文件。",
    "What was uploaded as the cover is no picture that this server supports.": (
        "作为封面上传的文件不是本服务器支持的图片。"
    ),
    "The server could not carry out the request. Its log has the reason under this RequestId.": (
        "服务器未能执行请求，原因记录在服务器日志中，可按此 RequestId 查找。"
    ),
    "The server cannot reach its database or its object store now; try again.": (
        "服务器暂时无法连接数据库或对象存储，请重试。"
    ),
}
