"""Publishing and review: why a video was not published, what a review found, and what an operator said."""

PAIRS = {
    # the end of tasks before their time
    "the publication was deleted before it was finished": "发布尚未完成就被删除了",
    "the video was deleted before the task had finished": "任务尚未完成，视频就被删除了",
    "the video expired before the task had finished": "任务尚未完成，视频就过期了",
    "the task was aborted by ManageTask": "任务已由 ManageTask 终止",
    "the task whose result was to be published was aborted by ManageTask": ("要发布其结果的任务已由 ManageTask 终止"),
    "the original was deleted before the task had finished": "任务尚未完成，原始视频就被删除了",
    "given up after {attempts} attempts that no worker finished; the server's log has the reason": (
        "尝试了 {attempts} 次都没有完成，已放弃；原因见服务器日志"
    ),
    "the attempt took so long that its objects were given up and deleted": ("处理时间过长，其间生成的文件已被清理"),
    # what the Mini Program's player plays
    "the Mini Program player cannot play this video: {problems}. {ways}. What can be published is: {summary}": (
        "小程序播放器无法播放此视频：{problems:text}。{ways:text}。可以发布的是：{summary:text}"
    ),
    "container {containers}; video {video}; audio {audio}": (
        "容器格式 {containers:list}；视频 {video:list}；音频 {audio:list}"
    ),
    "Or its streams stay as they are: upload it as MP4 (`ffmpeg -i video.mov -c copy video.mp4` makes one), or the "
    "operator of this server turns on the setting allow_mov_originals": (
        "也可以不改动音视频流：改为上传 MP4（用 `ffmpeg -i video.mov -c copy video.mp4` 生成），"
        "或由服务器的运维人员打开设置项 allow_mov_originals"
    ),
    "Or its streams stay as they are: upload it as MP4 (`ffmpeg -i video.{container} -c copy video.mp4` makes one)": (
        "也可以不改动音视频流：改为上传 MP4（用 `ffmpeg -i video.{container} -c copy video.mp4` 生成）"
    ),
    "No transcoding template cures that": "没有转码模板能解决这个问题",
    "A transcode by template {templates} cures that: have it made by ProcessMedia (TranscodeTaskSet), and publish it "
    "with that SourceDefinition": (
        "用转码模板 {templates:list} 转码即可解决：请用 ProcessMedia 转码（TranscodeTaskSet），"
        "再以该 SourceDefinition 发布"
    ),
    "the container is {container}; it must be {containers}": "容器格式是 {container:word}；须为 {containers:list}",
    "its duration is not known": "时长未知",
    "it lasts {duration} s; the server publishes at most {longest} s": (
        "时长 {duration} 秒；本服务器最多发布 {longest} 秒"
    ),
    "the video codec is {codec}; it must be {codecs}": "视频编码是 {codec:text}；须为 {codecs:list}",
    "the audio codec is {codec}; it must be {codecs}": "音频编码是 {codec:text}；须为 {codecs:list}",
    "unknown (its tag is {tag})": "未知（标签是 {tag:text}）",
    "empty": "空",
    "the video is encrypted (DRM); it must not be": "视频是加密的（DRM）；不能加密",
    "the audio is encrypted (DRM); it must not be": "音频是加密的（DRM）；不能加密",
    "the video stream is empty; it must have pictures": "视频流是空的；须有画面",
    "{codec} of an unknown profile": "{codec:word}（档次未知）",
    "the video is {is_} ({depth} bit, {chroma}); {codec} must be {profiles} ({pixels})": (
        "视频是 {is_:text}（{depth} bit，{chroma}）；{codec} 须为 {profiles:list}（{pixels}）"
    ),
    "the video is interlaced with its fields coded like pictures, which players show squashed, one by one; each of its "
    "pictures must be a whole one": (
        "视频是隔行扫描，且各场像独立图像一样编码，播放器会把它们压扁后逐场显示；每幅图像须为完整的一帧"
    ),
    "the video is Dolby Vision profile {profile}, which other players show in wrong colours; it must have a base layer "
    "in SDR, HDR10 or HLG, as profile 8 has": (
        "视频是杜比视界 profile {profile}，其他播放器显示的颜色不正确；须带有 SDR、HDR10 或 HLG 的基础层"
        "（例如 profile 8）"
    ),
    "the video has no parameter sets, without which nobody can decode it": "视频没有参数集，无法解码",
    "its parameter sets (size of the picture, settings of the encoder) change at {seconds} s; they must be the same "
    "from the first picture to the last": (
        "参数集（画面尺寸、编码器设置）在 {seconds} 秒处发生变化；从第一帧到最后一帧必须一致"
    ),
    "the video has several layers (spatial video, or transparency); it must have one": (
        "视频有多个图层（空间视频或透明通道）；只能有一个"
    ),
    "the audio is {is_}; {codec} must be {profiles}": "音频是 {is_:text}；{codec} 须为 {profiles:list}",
    "the audio has {channels} channels; {codec} may have {most}": "音频有 {channels} 个声道；{codec} 最多 {most} 个",
    "the audio has {rate} samples a second; {codec} may have {most}": (
        "音频采样率是 {rate} Hz；{codec} 最高 {most} Hz"
    ),
    # the making of what is published
    "the MP4 that was made of it cannot be read: {error}": "由它生成的 MP4 无法读取：{error:text}",
    "copying it into an MP4 lost its {kind} stream ({codec}, stream {index} of the file)": (
        "转封装为 MP4 时丢失了{kind:term}流（{codec}，文件中的流 {index}）"
    ),
    "video": "视频",
    "audio": "音频",
    "copying it into an MP4 did not bring its parameter sets into the header": "转封装为 MP4 时未能把参数集写入文件头",
    "the original does not exist any more": "原始视频已不存在",
    "the transcode by template {definition} is {container}; it must be MP4 or HLS": (
        "转码模板 {definition} 的转码结果是 {container}；须为 MP4 或 HLS"
    ),
    "the video does not exist any more": "视频已不存在",
    "the video cannot be processed: {error}": "视频无法处理：{error:text}",
    "there is no transcode by template {definition}: it failed, or it was deleted": (
        "没有转码模板 {definition} 的转码结果：转码失败，或结果已被删除"
    ),
    "its cover is not a picture: {error}": "封面不是图片：{error:text}",
    # reviews that failed
    "the review failed: {error}": "审核失败：{error:text}",
    "nothing was inspected for {seconds} s": "{seconds} 秒内没有检测完任何内容",
    "version {version} of the policy of application {application} cannot be read: {error}": (
        "应用 {application} 的审核策略（版本 {version}）无法读取：{error}"
    ),
    "not a single frame of the video could be sampled, so nothing could be reviewed": (
        "无法从视频中取得任何一帧，因此没有内容可以审核"
    ),
    "the detector {detector} failed at {seconds} s: {kind}: {error}": (
        "检测器 {detector} 在 {seconds} 秒处出错：{kind}: {error}"
    ),
    "the detector {detector} failed on the sound at {seconds} s: {kind}: {error}": (
        "检测器 {detector} 在 {seconds} 秒处的声音上出错：{kind}: {error}"
    ),
    "the frame at {seconds} s is no RGB picture: {shape}, {dtype}": (
        "{seconds} 秒处的帧不是 RGB 图像：{shape}, {dtype}"
    ),
    "the detector {detector} does not declare {category}, but found it": (
        "检测器 {detector} 没有声明类别 {category}，却报告了该类别"
    ),
    "the detector {detector} gave the confidence {confidence}": "检测器 {detector} 给出了无效的置信度 {confidence}",
    "what is to be reviewed was deleted": "要审核的内容已被删除",
    "the original cannot be reviewed: {error}": "原始视频无法审核：{error:text}",
    "nothing here looks for {labels}, which is all that was asked for": (
        "要求审核的只有 {labels:list}，而本服务器不检测这些内容"
    ),
    "the video has no cover any more": "视频已没有封面",
    "it lasts {duration} s; at most {longest} s are reviewed": "时长 {duration} 秒；最多审核 {longest} 秒",
    # verdicts
    "Rejected: {reasons}": "未通过：{reasons:text}",
    "{wire}: not judged: {why}": "{wire:word}：未能判定：{why:known}",
    "the review service {name} did not answer as it should": "外部审核服务 {name:word} 未正常应答",
    "the review service {name} gave an answer that cannot be used": "外部审核服务 {name:word} 的应答无法使用",
    "and {more} more": "另有 {more:word} 处",
    "not looked at after {stopped_at}": "{stopped_at} 之后未检测",
    "Rejected: no detector looked for {types}": "未通过：没有检测器检测 {types:list}",
    "Passed: {types}; not covered: {uncovered}": "通过：{types:list}；未检测：{uncovered:list}",
    "Passed: {types}": "通过：{types:list}",
    "nothing was looked for": "没有检测任何内容",
    "nudity": "裸露",
    "risky by WeChat's content check, which does not say why": ("微信内容安全检测认为有风险，但未说明原因"),
    "{type}: {what} at {when} (confidence {confidence}, ambiguous)": (
        "{type:word}：{what:text}，位于 {when}（置信度 {confidence}，有歧义）"
    ),
    "{type}: {what} at {when} (confidence {confidence})": (
        "{type:word}：{what:text}，位于 {when}（置信度 {confidence}）"
    ),
    'the text "{text}" ({disguise})': "文字“{text}”（{disguise:list}）",
    'the text "{text}"': "文字“{text}”",
    'the words "{text}" ({disguise})': "话语“{text}”（{disguise:list}）",
    'the words "{text}"': "话语“{text}”",
    "homophones": "同音字",
    "pinyin": "拼音",
    "initials": "拼音首字母",
    "split characters": "拆字",
    "letters between": "夹杂字母",
    "another letter between": "夹杂其他字母",
    "Passed: approved by an operator: {reason}": "通过：经人工审核批准：{reason}",
    "Rejected: by an operator: {reason}": "未通过：经人工审核驳回：{reason}",
    "Rejected: by an operator as {types}: {reason}": "未通过：经人工审核驳回（{types:list}）：{reason}",
    "Rejected: no review has seen it: {reason}": "未通过：尚未经过审核：{reason}",
    "looked for: {labels}": "已检测：{labels:list}",
    "not covered: {labels}": "未检测：{labels:list}",
    "{content} {suggestion}: {why}": "{content:word} {suggestion:word}：{why:known}",
    "English only": "仅英语",
    # what a detector returned that is none
    "the sound at {seconds} s is none of 16 bits: {shape}, {dtype}": "{seconds} 秒处的声音不是 16 位：{shape}, {dtype}",
    "the detector {detector} named channel {channel} of {channels}": (
        "检测器 {detector} 报告的声道是 {channel}，而声道共有 {channels} 个"
    ),
    "the detector {detector} heard something from {start} s to {end} s, in sound from {first} s to {last} s": (
        "检测器 {detector} 报告的时间是 {start} 秒至 {end} 秒，而这段声音是 {first} 秒至 {last} 秒"
    ),
}
