"""Requests of the actions: uploads, tasks, procedures, events and what they refer to."""

PAIRS = {
    # several actions
    "FileId {file_id} is not a FileId: 16 to 19 decimal digits": (
        "FileId {file_id} 格式有误：FileId 是 16 到 19 位十进制数字"
    ),
    "FileId {file_id} does not exist in this application": "此应用中没有 FileId {file_id}",
    "FileIds holds {file_id}; a FileId is 16 to 19 decimal digits": (
        "FileIds 中有 {file_id}；FileId 是 16 到 19 位十进制数字"
    ),
    "TaskId {task_id} does not exist in this application": "此应用中没有 TaskId {task_id}",
    "TasksNotifyMode {mode} is none of {modes}": "TasksNotifyMode {mode} 须为以下之一：{modes:list}",
    "{name} {given} is none of {choices}": "{name:word} {given} 须为以下之一：{choices:list}",
    "{name} {given} is not a time as ISO 8601 writes it (2030-01-31T12:00:00Z)": (
        "{name:word} {given} 不是 ISO 8601 格式的时间（例如 2030-01-31T12:00:00Z）"
    ),
    "{name} must be left out: {why}": "不能填写 {name:word}：{why:text}",
    # ApplyUpload
    "{name} {given}: manifests with their segments cannot be uploaded to this server; PullUpload takes an HLS "
    "stream by its URL": ("{name:word} {given}：本服务器不支持上传索引文件及其分片；可用 PullUpload 按 URL 拉取 HLS"),
    "{name} {given} is not a type of media; types are {types}": (
        "{name:word} {given} 不是媒体类型；可用的类型：{types:list}"
    ),
    "{name} {given} is not a type of cover; types are {types}": (
        "{name:word} {given} 不是封面类型；可用的类型：{types:list}"
    ),
    "MediaStoragePath {path}: paths cannot be chosen in this application; leave the parameter out": (
        "MediaStoragePath {path}：此应用不能指定存储路径，请不要填写该参数"
    ),
    "{parameter} {name} cannot be done any more: {why}": "任务流 {parameter:word} {name} 已无法执行：{why:text}",
    "{name} {given} is not the name of a region": "{name:word} {given} 不是地域名称",
    "ExpireTime {given} is not a time in the future as ISO 8601 writes it (2030-01-31T12:00:00Z)": (
        "ExpireTime {given} 不是 ISO 8601 格式的未来时间（例如 2030-01-31T12:00:00Z）"
    ),
    "{name} holds a character that is no text": "{name:word} 中有不属于文本的字符",
    # CommitUpload
    "{name} is not the key of an upload of this application, or the upload has expired": (
        "{name:word} 不属于此应用的任何一次上传，或该上传已过期"
    ),
    "the video or its cover was uploaded anew during the commit; commit again": (
        "确认上传期间，视频或封面又被重新上传；请再次确认上传"
    ),
    "nothing was uploaded to /{key}": "/{key} 处没有上传任何文件",
    "the video was uploaded, but the cover that was announced was not (/{key})": (
        "视频已上传，但声明的封面没有上传（/{key}）"
    ),
    "the uploaded file is not media that can be read: {error}": "上传的文件不是可以读取的媒体文件：{error:text}",
    "the cover is not a picture that can be read: {error}": "封面不是可以读取的图片：{error:text}",
    "{name} was committed as FileId {file_id}, which was deleted since": (
        "{name:word} 已确认上传为 FileId {file_id}，该文件后来已被删除"
    ),
    # ConfirmEvents, DeleteMedia, DescribeMediaInfos, DescribeTasks, ManageTask
    "EventHandles holds {handle}, which is not valid: it is unknown, or more than 30 s have passed since PullEvents "
    "gave it (the event will come again); no event was confirmed": (
        "EventHandles 中的 {handle} 无效：它不存在，或距 PullEvents 返回它已超过 30 秒（该事件会再次返回）；"
        "没有确认任何事件"
    ),
    "DeleteParts.{index}.Type {given} is not a part of a video; parts are {parts}": (
        "DeleteParts.{index:word}.Type {given} 不是视频的组成部分；可用的值：{parts:list}"
    ),
    "Filters holds {name}; it may hold {names}": "Filters 中有 {name}；可用的值：{names:list}",
    "ScrollToken {token} is not one that DescribeTasks answered; leave it out to begin anew": (
        "ScrollToken {token} 不是 DescribeTasks 返回的值；不填写则从头开始"
    ),
    "OperationType {given} is not an operation; there is one: Abort": (
        "OperationType {given} 不是可用的操作；只有一个操作：Abort"
    ),
    "TaskId {task_id} has ended already; there is nothing to abort": "TaskId {task_id} 已经结束，没有可以终止的任务",
    # procedures
    "Name {name} is that of a preset; choose another one": "Name {name} 是系统预置任务流的名称，请换一个名称",
    "Name {name} must be 1 to {longest} characters that can be seen": "Name {name} 须为 1 到 {longest} 个可见字符",
    "Name {name}: the application has a procedure of that name; ResetProcedureTemplate changes it": (
        "Name {name}：应用中已有同名的任务流；修改它请用 ResetProcedureTemplate"
    ),
    "the application has {most} procedures, as many as it may have; delete one first": (
        "应用已有 {most} 个任务流，达到上限；请先删除一个"
    ),
    "SortBy.{index}.Field {given} can only be {field}": "SortBy.{index:word}.Field {given} 只能是 {field}",
    "SortBy.{index}.Order {given} is neither Asc nor Desc": "SortBy.{index:word}.Order {given} 须为 Asc 或 Desc",
    "Name {name} is a preset, which cannot be {done}": "Name {name} 是系统预置任务流，不能{done:term}",
    "changed": "修改",
    "deleted": "删除",
    "renamed": "改名",
    "{parameter} {name} is not offered: {why}": "{parameter:word} {name} 不提供：{why:text}",
    "its streams are encrypted, which is not done here; LongVideoPreset makes the same in the clear": (
        "它的输出是加密的，本服务器不做加密；LongVideoPreset 生成同样的输出，但不加密"
    ),
    "{parameter} {name} is not a procedure of this application; presets are {presets}, and DescribeProcedureTemplates "
    "lists all": (
        "{parameter:word} {name} 不是此应用的任务流；系统预置任务流有 {presets:list}，"
        "DescribeProcedureTemplates 可列出全部任务流"
    ),
    "MiniProgramPublishTask.SourceDefinition {publish}": "MiniProgramPublishTask.SourceDefinition {publish:word}",
    "{where} is not made by this procedure; it can be 0 for the original": (
        "{where:known} 不由此任务流生成；可以填 0 表示原始视频"
    ),
    "or one of its TranscodeTaskSet: {made}": "也可以是其 TranscodeTaskSet 中的一个：{made:list}",
    "its TranscodeTaskSet is empty": "它的 TranscodeTaskSet 为空",
    "{where} makes {problem}": "{where:known} 生成的是 {problem:text}",
    "{made}; only video in {containers} can be published": "{made:text}，只能发布容器格式为 {containers:list} 的视频",
    "{container} without video": "{container:word}（没有视频流）",
    "video by {codec}; only that by {codecs} can be published": (
        "用 {codec:word} 编码的视频，只能发布用 {codecs:list} 编码的视频"
    ),
    "sound by {codec}; only that by {codecs} can be published": (
        "用 {codec:word} 编码的音频，只能发布用 {codecs:list} 编码的音频"
    ),
    # ProcessMedia
    "there is no knowledge base here": "本服务器没有知识库",
    "videos are reviewed here when they are published, and by ReviewAudioVideo": (
        "本服务器在发布视频时进行审核，也可用 ReviewAudioVideo 审核"
    ),
    "videos are not analysed here": "本服务器不做视频内容分析",
    "speech and faces are not recognised here": "本服务器不做语音识别和人脸识别",
    "OutputAsIndependentMedia can only be OFF: it is not offered": "OutputAsIndependentMedia 只能是 OFF：不提供此功能",
    "{name} has {count} characters; it may have {longest}": "{name:word} 有 {count} 个字符；最多 {longest} 个",
    "{name} holds a character of code 0": "{name:word} 中有编码为 0 的字符",
    "MediaStoragePath {path}: videos are named by FileId here; applications in the mode FileID + Path are not "
    "offered": ("MediaStoragePath {path}：本服务器用 FileId 指定视频，不提供 FileID + Path 模式的应用"),
    "Url {url}: processing by URL is not offered; upload the video": "Url {url}：不支持按 URL 处理视频，请先上传视频",
    "FileId {file_id}: its original was deleted and cannot be processed any more": (
        "FileId {file_id}：原始视频已删除，无法再处理"
    ),
    "FileId {file_id}, which is to be published: {why}": "要发布的 FileId {file_id}：{why:text}",
    "SessionId {session} was used within the last {days} days; the task that it began is not begun again. Use another "
    "SessionId, or none, to begin another one": (
        "SessionId {session} 在最近 {days} 天内用过，由它发起的任务不会重复发起。要发起新任务，请换一个 SessionId，"
        "或不填写"
    ),
    "FileId {file_id} is published already, or is being published, by task {task}; delete the part "
    "WechatMiniProgramPublishFiles with DeleteMedia before it is published again": (
        "FileId {file_id} 已由任务 {task} 发布，或正在发布；再次发布之前，请用 DeleteMedia 删除 "
        "WechatMiniProgramPublishFiles 部分"
    ),
    "{where} asks for nothing; fill one of {sets}": "{where:word} 没有要求任何处理；请填写以下之一：{sets:list}",
    "{where} asks for {count} things; it may ask for {most}": "{where:word} 要求了 {count} 项处理；最多 {most} 项",
    "{where}.Definition is {definition}, which {first} asks for already; a task makes one result of each template. "
    "Use another template for the other one, or a task of its own after this one": (
        "{where:word}.Definition 是 {definition}，而 {first} 已经要求了它；一个任务对每个模板只生成一个结果。"
        "另一项请使用别的模板，或在此任务之后另起一个任务"
    ),
    "{where}.Definition {definition} is not a {kind} template of this application; Describe{action}Templates lists "
    "those that are": (
        "{where:word}.Definition {definition} 不是此应用的 {kind} 模板；可用的模板由 "
        "Describe{action:word}Templates 列出"
    ),
    "{where}.OverrideParameter: {fault}": "{where:word}.OverrideParameter：{fault:text}",
    "{where}.ExtTimeOffsetSet is empty; it must have at least one time": (
        "{where:word}.ExtTimeOffsetSet 为空；至少要有一个时间点"
    ),
    "{where}.Definition {definition} is a text watermark; only images can be put on snapshots": (
        "{where:word}.Definition {definition} 是文字水印；截图只能使用图片水印"
    ),
    "{where}.TextContent is empty; template {definition} is a text watermark, whose text it must be": (
        "{where:word}.TextContent 为空；模板 {definition} 是文字水印，须填写其文字"
    ),
    "{where}.TextContent must be left out: template {definition} is an {kind} watermark": (
        "不能填写 {where:word}.TextContent：模板 {definition} 是 {kind} 水印"
    ),
    "{where}.ExtTimeOffsetSet.{index} is {given}; it must be seconds such as 3.5s, or a share of the video from 0% to "
    "100%": (
        "{where:word}.ExtTimeOffsetSet.{index:word} 是 {given}；须为秒数（例如 3.5s），或视频时长的百分比（0% 到 100%）"
    ),
    "{where}.PositionValue is {value}; it must be from 0 to 100 while PositionType is Percent": (
        "{where:word}.PositionValue 是 {value}；PositionType 为 Percent 时须为 0 到 100"
    ),
    "{where}.EndTimeOffset is {end}; it must be behind StartTimeOffset, which is {start}": (
        "{where:word}.EndTimeOffset 是 {end}；须在 StartTimeOffset（{start}）之后"
    ),
    # ReviewAudioVideo
    "FileId {file_id}: its original was deleted and cannot be reviewed any more": (
        "FileId {file_id}：原始视频已删除，无法再审核"
    ),
    "FileId {file_id} has sound only, to which nothing listens here; only pictures are reviewed": (
        "FileId {file_id} 只有声音，而本服务器不审核声音，只审核画面"
    ),
    "FileId {file_id} lasts {duration} s; at most {longest} s are reviewed (setting max_duration)": (
        "FileId {file_id} 时长 {duration} 秒；最多审核 {longest} 秒（设置项 max_duration）"
    ),
    "ReviewContents has Cover, but FileId {file_id} has no cover; leave Cover out, or make one by ProcessMedia "
    "(CoverBySnapshotTaskSet)": (
        "ReviewContents 中有 Cover，但 FileId {file_id} 没有封面；请去掉 Cover，或用 ProcessMedia 生成封面"
        "（CoverBySnapshotTaskSet）"
    ),
    # WeChatMiniProgramPublish
    "FileId {file_id}: its original was deleted and cannot be published any more": (
        "FileId {file_id}：原始视频已删除，无法再发布"
    ),
    "SourceDefinition {definition}: the transcode of FileId {file_id}: {why}": (
        "SourceDefinition {definition}：FileId {file_id} 的转码结果：{why:text}"
    ),
    "FileId {file_id}: {why}": "FileId {file_id:word}：{why:text}",
    "FileId {file_id} is being published already by task {task}": "FileId {file_id} 正在由任务 {task} 发布",
    "FileId {file_id} is published already (task {task}); delete the part WechatMiniProgramPublishFiles with "
    "DeleteMedia before you publish it again": (
        "FileId {file_id} 已经发布（任务 {task}）；再次发布之前，请用 DeleteMedia 删除 "
        "WechatMiniProgramPublishFiles 部分"
    ),
    "FileId {file_id} was changed by another request at the same time; try again": (
        "FileId {file_id} 同时被另一个请求修改，请重试"
    ),
    "SourceDefinition {definition} is an adaptive result of FileId {file_id}, which cannot be published; publish a "
    "transcode, for example by template 10": (
        "SourceDefinition {definition} 是 FileId {file_id} 的自适应码流结果，不能发布；请发布转码结果，"
        "例如转码模板 10 的结果"
    ),
    "SourceDefinition {definition}: FileId {file_id} has no transcode by that template (there are: {have}); have it "
    "made by ProcessMedia (templates 10 to 40 make MP4), or publish the original with 0": (
        "SourceDefinition {definition}：FileId {file_id} 没有该转码模板的转码结果（现有：{have:list}）；"
        "请用 ProcessMedia 转码（转码模板 10 到 40 生成 MP4），或填 0 发布原始视频"
    ),
}
