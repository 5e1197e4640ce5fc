"""The library: applications, classes, what is told of videos, videos by URL, and where events are sent."""

PAIRS = {
    # applications
    "Tags has the TagKey {key} more than once": "Tags 中的 TagKey {key} 出现了不止一次",
    "{name} {given} is not done by this server; it does {done}": "本服务器不支持 {name:word} {given}，只支持 {done}",
    "the key may use the applications {allowed} and no others, so it cannot make one": (
        "该密钥只能使用应用 {allowed:list}，因此不能创建应用"
    ),
    "the account has {most} applications, which is the most that it can have": "账号已有 {most} 个应用，达到上限",
    "the application {application} is the default one of the account, which cannot be destroyed; it can be switched "
    "Off": "应用 {application} 是账号的默认应用，不能销毁；可以停用（Off）",
    "the application {application} is being destroyed; when its status is {status}, it can be switched On again, "
    "empty": "应用 {application} 正在销毁；状态变为 {status} 后可以重新启用（On），但内容为空",
    "the application {application} is {status}; {action} changes it and needs it to be {wanted}, which "
    "ModifySubAppIdStatus makes it": (
        "应用 {application} 的状态是 {status}；{action} 会修改应用，要求状态为 {wanted}，请用 ModifySubAppIdStatus 修改"
    ),
    "the application was destroyed before the task had finished": "任务尚未完成，应用就被销毁了",
    # domains
    "{name} {domain} is not a domain of this server, which has one: {host}": (
        "{name:word} {domain} 不是本服务器的域名；本服务器只有一个域名：{host}"
    ),
    "RefererAuthPolicy.{name} must be given when RefererAuthPolicy.Status is Enabled": (
        "RefererAuthPolicy.Status 为 Enabled 时必须给出 RefererAuthPolicy.{name:word}"
    ),
    "RefererAuthPolicy.Referers has {entry}; it must be a domain such as example.com or *.example.com, without "
    "http://, and may be followed by a port and a path without ? and #": (
        "RefererAuthPolicy.Referers 中有 {entry}；须为域名，如 example.com 或 *.example.com，"
        "不带 http://，后面可以带端口和路径（路径里没有 ? 和 #）"
    ),
    "{name}.Status Enabled is not done by this server; it can be Disabled": (
        "本服务器不支持 {name:word}.Status Enabled，只能为 Disabled"
    ),
    "UrlSignatureAuthPolicy.EncryptedKey must be given, for this application has no key yet: 8 to 40 visible "
    "characters of ASCII": (
        "必须给出 UrlSignatureAuthPolicy.EncryptedKey，因为此应用还没有密钥：8 到 40 个可见的 ASCII 字符"
    ),
    # classes
    "{parameter} {name} must be one line of 1 to {most} characters that can be seen": (
        "{parameter:word} {name} 须为一行，1 到 {most} 个可见字符"
    ),
    "ClassId 0 is the class of what is in no other; it cannot be {done}": (
        "ClassId 0 是“其他”分类，存放不属于任何分类的媒体，不能{done:term}"
    ),
    "ClassId {class_id} is no class of this application": "ClassId {class_id} 不是此应用的分类",
    "ClassId {class_id} is no class of this application (CreateClass makes one)": (
        "ClassId {class_id} 不是此应用的分类（可用 CreateClass 创建）"
    ),
    "{name} {class_id} is no class of this application (CreateClass makes one)": (
        "{name:word} {class_id} 不是此应用的分类（可用 CreateClass 创建）"
    ),
    "ParentId 0 is the class of what is in no other, and has no subclasses; -1 is the first level": (
        "ParentId 0 是“其他”分类，不能有子分类；一级分类的 ParentId 为 -1"
    ),
    "ClassName {name}: ParentId {parent} has a class of that name": (
        "ClassName {name}：ParentId {parent} 下已有同名分类"
    ),
    "ParentId {parent} is no class of this application; -1 is the first level": (
        "ParentId {parent} 不是此应用的分类；一级分类的 ParentId 为 -1"
    ),
    "ParentId {parent} is of the last of {levels} levels and has no subclasses": (
        "ParentId {parent} 已是第 {levels} 级，即最后一级，不能有子分类"
    ),
    "ParentId {parent} has {count} classes, as many as it may have": (
        "ParentId {parent} 下已有 {count} 个分类，达到上限"
    ),
    "the application has {count} classes, as many as it may have": "应用已有 {count} 个分类，达到上限",
    "ClassId {class_id} {obstacle}": "ClassId {class_id:word} {obstacle:known}",
    "has subclasses; delete them first": "有子分类，请先删除子分类",
    "has media; delete them, or give them another class with ModifyMediaInfo": (
        "中有媒体，请删除它们，或用 ModifyMediaInfo 改到其他分类"
    ),
    "ClassName {name}: there is another class of that name beside it": "ClassName {name}：同一级已有另一个同名分类",
    # SearchMedia
    "{name} has no effect in the reference and is not accepted here; search by FileIds": (
        "{name:word} 在腾讯云也不起作用，本服务器不接受；请用 FileIds 搜索"
    ),
    "Offset {offset} and Limit {limit} are more than {most} together; ask for less at a time": (
        "Offset {offset} 与 Limit {limit} 之和超过 {most}；请减少每次查询的数量"
    ),
    # ModifyMediaInfo
    "{where} has {size} bytes; it may have at most {most}": "{where:word} 有 {size} 字节；最多 {most} 字节",
    "Clear{cleared} is 1 and Add{added} is there; a call can have only one of them": (
        "Clear{cleared:word} 为 1，同时又有 Add{added:word}；一次调用只能有其中之一"
    ),
    "Add{added} and {deleted} both have {both}": "Add{added:word} 和 {deleted:word} 中都有 {both}",
    "ClearKnowledgeBases is 1 and DeleteKnowledgeBases is there; a call can have only one of them": (
        "ClearKnowledgeBases 为 1，同时又有 DeleteKnowledgeBases；一次调用只能有其中之一"
    ),
    "the media would have {count} tags; it may have at most {most}": "媒体会有 {count} 个标签；最多 {most} 个",
    "the media would have {count} key frame descriptions; it may have at most {most}": (
        "媒体会有 {count} 个打点信息；最多 {most} 个"
    ),
    "the media would have {count} subtitles; it may have at most {most}": "媒体会有 {count} 个字幕；最多 {most} 个",
    "{where} is not text in UTF-8, which WebVTT is": "{where:word} 不是 UTF-8 文本，而 WebVTT 是 UTF-8 文本",
    "{where} is no WebVTT: its first line must begin with WEBVTT; SubRip (.srt) has to be converted before": (
        "{where:word} 不是 WebVTT：第一行须以 WEBVTT 开头；SubRip（.srt）须先转换"
    ),
    "AddSubtitles has the same Id twice": "AddSubtitles 中有重复的 Id",
    "AddSubtitles: the media has a subtitle with the Id {id}": "AddSubtitles：媒体已有 Id 为 {id} 的字幕",
    # ModifyEventConfig
    "PersistenceCompleteEventSwitch ON cannot be had: clips are not persisted here, so there are no such events; leave "
    "it out, or send OFF": (
        "PersistenceCompleteEventSwitch 不能为 ON：本服务器没有剪辑固化，因此没有这种事件；请不要填写，或填 OFF"
    ),
    "Mode PUSH needs a NotificationUrl, and this application has none; send both in one call": (
        "Mode 为 PUSH 时须有 NotificationUrl，而此应用没有；请在一次调用中同时填写两者"
    ),
    "Mode PUSH needs a NotificationUrl; the one that this application had answered 410 at {time}, which ended the "
    "calls; send it again, or another one, in this call": (
        "Mode 为 PUSH 时须有 NotificationUrl；此应用原有的地址在 {time} 回答了 410，回调因此停止；"
        "请在这次调用中重新填写它或另一个地址"
    ),
    "NotificationUrl {url} {fault}; allowed are http and https, with a name or a public address, on the ports "
    "{ports}": ("NotificationUrl {url} {fault:text}；允许 http 和 https、域名或公网地址，端口为 {ports:list}"),
    # URLs
    "MediaType {dash}: DASH is not taken, as in the reference; pull the HLS stream or the file itself": (
        "MediaType {dash}：与腾讯云一样，不支持拉取 DASH；请拉取 HLS 或文件本身"
    ),
    "{name} {url} {fault}": "{name:word} {url:quoted} {fault:known}",
    "the URL {fault}": "URL {fault:known}",
    "{shown} redirects to a URL that {fault}": "{shown:url} 重定向到的 URL {fault:text}",
    "has the port {port}, which this server does not call (its setting egress_ports)": (
        "的端口是 {port:word}，本服务器不访问该端口（设置项 egress_ports）"
    ),
    "has the host {host}, an address that is not public (setting egress_networks)": (
        "的主机 {host:word} 不是公网地址（设置项 egress_networks）"
    ),
    "is longer than {longest} characters": "超过 {longest:word} 个字符",
    "is not an absolute URL of the form http://host/path or https://host/path": (
        "不是 http://host/path 或 https://host/path 形式的绝对 URL"
    ),
    "has the scheme {scheme}; it must be http or https": "的协议是 {scheme:word}；须为 http 或 https",
    "has a user or a password before its host; leave them out": "在主机前带有用户名或密码，请去掉",
    "has a host or a port that cannot be read; after the host there may be :PORT": (
        "的主机或端口无法识别；主机之后可以有“冒号加端口”"
    ),
    "has control characters or a backslash; write them percent-encoded": "含有控制字符或反斜杠，请用百分号编码",
    "is not Unicode text": "不是 Unicode 文本",
    "has no host": "没有主机",
    "has a host that is no host name; letters, digits, hyphens and dots make one": (
        "的主机不是主机名；主机名由字母、数字、连字符和点组成"
    ),
    "has a host that is no host name, also not in the letters of its language": "的主机不是主机名，也不是国际化域名",
    "has an address that is not written as four decimal numbers, like 192.0.2.1": (
        "的地址没有写成四个十进制数（例如 192.0.2.1）"
    ),
    "has something in brackets that is no IPv6 address": "的方括号中不是 IPv6 地址",
    "has an IPv6 address with a zone, which means something on one machine alone": (
        "的 IPv6 地址带有区域标识，它只在某一台机器上有意义"
    ),
    "has the port {port}; ports are 1 to {most}": "的端口是 {port:word}；端口须为 1 到 {most:word}",
    # requests to the outside
    "{shown} answered with a compressed body, which was not asked for": "{shown:url} 返回了未经请求的压缩内容",
    "{shown} answered with more than {most} bytes": "{shown:url} 返回的内容超过 {most} 字节",
    "{shown} is the end of more than {redirects} redirects": "到 {shown:url} 为止的重定向超过 {redirects} 次",
    "{shown} {fault}": "{shown:url} {fault:known}",
    "it is not trusted": "证书不受信任",
    "{shown} has a certificate that is not accepted: {reason}": "{shown:url} 的证书不被接受：{reason:text}",
    "{shown} cannot be reached: TLS failed": "无法连接 {shown:url}：TLS 握手失败",
    "{shown} broke the connection off": "{shown:url} 中断了连接",
    "{shown} did not answer in HTTP that can be read": "{shown:url} 返回的内容不是可以识别的 HTTP",
    "cannot be reached within {seconds} seconds": "在 {seconds:word} 秒内无法连接",
    "sent nothing for {seconds} seconds": "在 {seconds:word} 秒内没有发送任何内容",
    "took longer than {seconds} seconds": "耗时超过 {seconds:word} 秒",
    "{shown} cannot be reached: the name {host} has no address, or none that this server calls (setting "
    "egress_networks)": (
        "无法连接 {shown:url}：域名 {host} 没有地址，或没有本服务器可以访问的地址（设置项 egress_networks）"
    ),
    "no connection": "没有连接",
    "{shown} cannot be reached: {reason}": "无法连接 {shown:url}：{reason:text}",
    # PullUpload
    "{shown} has more than the {most} bytes that are taken": "{shown:url} 超过可以接收的 {most} 字节",
    "its connection broke {times} times": "连接中断了 {times} 次",
    "{fault}; it took longer than {seconds} seconds (setting pull_timeout)": (
        "{fault:text}；耗时超过 {seconds} 秒（设置项 pull_timeout）"
    ),
    "{shown} does not give parts of files": "{shown:url} 不支持分段下载",
    "{shown} changed while it was fetched": "{shown:url} 在下载过程中发生了变化",
    "{shown} changed while it was fetched, or gave another part than was asked for": (
        "{shown:url} 在下载过程中发生了变化，或返回的分段不是所请求的"
    ),
    "{shown} gave {size} bytes in place of what it had announced": (
        "{shown:url} 实际返回 {size} 字节，与声明的大小不符"
    ),
    "{shown} answered {status}": "{shown:url} 返回 {status}",
    "the HLS playlist at {shown} is not taken: {error}": "不能接收 {shown} 处的 HLS 播放列表：{error:text}",
    "part {number} of {count} of the HLS stream (at most {most} bytes): {error}": (
        "HLS 的第 {number} 个分片（共 {count} 个，最多 {most} 字节）：{error:text}"
    ),
    "its segments do not make a video: {error}": "各分片不能合成视频：{error:text}",
    "its sound is in playlists of its own (EXT-X-MEDIA), which are not joined with the picture": (
        "声音在单独的播放列表中（EXT-X-MEDIA），不支持与画面合并"
    ),
    "its variants are master playlists again": "各档码流又是主播放列表",
    "it has variables (EXT-X-DEFINE), which are not supported": "含有变量（EXT-X-DEFINE），不支持",
    "it has key frames only (EXT-X-I-FRAMES-ONLY)": "只有关键帧（EXT-X-I-FRAMES-ONLY）",
    "the playlist is not UTF-8": "播放列表不是 UTF-8 编码",
    "it does not begin with #EXTM3U, as playlists of HLS do": "没有以 #EXTM3U 开头，不是 HLS 播放列表",
    "its segments are encrypted (EXT-X-KEY), which is not supported": "分片是加密的（EXT-X-KEY），不支持",
    "it has a break (EXT-X-DISCONTINUITY), so that its segments do not make one file": (
        "含有不连续点（EXT-X-DISCONTINUITY），各分片不能合成一个文件"
    ),
    "it is a master playlist and one of segments at once": "既是主播放列表，又是分片列表",
    "it has no segments": "没有分片",
    "it has no end (EXT-X-ENDLIST): live streams are not recorded": "没有结束标记（EXT-X-ENDLIST）：不录制直播流",
    "it has more than {most} segments": "分片超过 {most} 个",
    "its header (EXT-X-MAP) comes after its first segment": "文件头（EXT-X-MAP）出现在第一个分片之后",
    "its header (EXT-X-MAP) changes, so that its segments do not make one file": (
        "文件头（EXT-X-MAP）有变化，各分片不能合成一个文件"
    ),
    "it has a URL that {fault}": "其中的 URL {fault:text}",
    "it has a range of bytes that cannot be read (EXT-X-BYTERANGE)": "含有无法识别的字节范围（EXT-X-BYTERANGE）",
    "it has a range of bytes that does not say where it begins (EXT-X-BYTERANGE)": (
        "含有未说明起始位置的字节范围（EXT-X-BYTERANGE）"
    ),
    "what CoverUrl gives is not a picture that can be read: {error}": "CoverUrl 的内容不是可以读取的图片：{error:text}",
    "what MediaUrl gives cannot be taken: {error}": "MediaUrl 的内容不能接收：{error:text}",
    "it is no HLS playlist, which the MediaType m3u8 says": "不是 HLS 播放列表，与 MediaType m3u8 不符",
    "its playlist has more than {most} bytes": "播放列表超过 {most} 字节",
}
