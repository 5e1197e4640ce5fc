"""Templates: what their fields accept, what is not done, and what an application may have of them."""

PAIRS = {
    "the application has {most} {kind} templates, as many as it may have; delete one first": (
        "应用已有 {most} 个 {kind} 模板，达到上限；请先删除一个"
    ),
    "Definition {definition} is a preset, which cannot be changed": "Definition {definition} 是系统预置模板，不能修改",
    "Definition {definition} is a preset, which cannot be deleted": "Definition {definition} 是系统预置模板，不能删除",
    "Definition {definition}: this application has no such {kind} template": (
        "Definition {definition}：此应用没有这个 {kind} 模板"
    ),
    # the picture of a watermark
    "{where} is empty; it must be a picture as Base64": "{where:word} 为空；须为 Base64 编码的图片",
    "{where} is not Base64 (RFC 4648, with + and / and padding, without a data: prefix)": (
        "{where:word} 不是 Base64 编码（RFC 4648，使用 + 和 / 并带填充，不带 data: 前缀）"
    ),
    "{where} is not a picture; it must be a JPEG, PNG or GIF": "{where:word} 不是图片；须为 JPEG、PNG 或 GIF",
    "{where} is not a picture that can be read: {error}": "{where:word} 不是可以读取的图片：{error:text}",
    # bounds
    "the parameter {path} is missing; it is required {when}": "缺少参数 {path}；{when:text}必填",
    "0 or from {least} to {most}": "0，或 {least:word} 到 {most:word}",
    "up to 100% (10%) or from {least}px to {most}px (100px)": (
        "不超过 100% 的百分比（例如 10%），或 {least:word}px 到 {most:word}px（例如 100px）"
    ),
    "0px, or {words}": "0px，或{words:text}",
    "gif, or Width or Height must be given": "gif，或者必须填写 Width 或 Height",
    "from 1 to 100 while SampleType is Percent": "1 到 100（SampleType 为 Percent 时）",
    "at most {fit} with pictures of {side} px; a sprite has {longest} px at most": (
        "不超过 {fit} 的数（小图边长为 {side} 像素时）；雪碧图的边长最多 {longest} 像素"
    ),
    "libx264 or libx265 in {container}; av1 needs the container mp4": (
        "libx264 或 libx265（容器格式为 {container} 时）；av1 须使用容器格式 mp4"
    ),
    "from 1 to 51 while Mode is VCRF": "1 到 51（Mode 为 VCRF 时）",
    "{codecs} in the container {container}": "{codecs:list}（容器格式为 {container:word} 时）",
    "1 for the container {container}, which holds no video": "1，因为容器格式 {container} 不能包含视频",
    "0 when there is no video either": "0，因为没有视频流",
    "while RemoveVideo is 0": "RemoveVideo 为 0 时",
    "while RemoveAudio is 0": "RemoveAudio 为 0 时",
    "a size in pixels from 1px to 9999px": "1px 到 9999px 的像素大小",
    "a colour as 0xRRGGBB": "0xRRGGBB 形式的颜色",
    "while Type is {type}": "Type 为 {type:word} 时",
    "left out while Type is {type}": "空（Type 为 {type:word} 时不能填写）",
    "the parameter {part}.{name} is missing; {parent} requires it": (
        "缺少参数 {part:word}.{name:word}，{parent:word} 要求必填"
    ),
    # what is not done
    "something else, because {why}": "其他值：{why:text}",
    "{known}, because {why}": "{known:list}：{why:text}",
    "left out": "空（不填写）",
    "segments are files of their own here": "本服务器的分片都是单独的文件",
    "packed audio is not made here": "本服务器不生成 packed audio",
    "there is no top speed codec here": "本服务器没有极速高清编码",
    "pictures and sound are not enhanced here": "本服务器不做画质和音质增强",
    "extended parameters are the reference's own": "扩展参数是腾讯云自有的",
    "H.266 is not encoded here": "本服务器不支持 H.266 编码",
    "it has an effect in OverrideParameter only": "它只在 OverrideParameter 中有效",
    "SegmentDuration says it for adaptive templates": "自适应码流模板由 SegmentDuration 指定",
    "adaptive streams are HLS here": "本服务器的自适应码流是 HLS",
    "streams are not encrypted here": "本服务器不做加密",
    "SVG cannot be drawn here; use a PNG with Type image": "本服务器不能绘制 SVG，请使用 PNG，Type 填 image",
    "nothing here looks for what is illegal in general": "本服务器不检测一般的违法内容",
    "nothing here listens to the sound": "本服务器不审核声音",
    "invisible watermarks are not made here": "本服务器不做隐形水印",
    "parts of pictures are not blurred here": "本服务器不做局部模糊",
    "heads and tails are not joined on here": "本服务器不拼接片头片尾",
    "subtitles are not drawn here": "本服务器不压制字幕",
    "subtitles are not kept here": "本服务器不保存字幕",
    "SVG cannot be drawn here; use a PNG": "本服务器不能绘制 SVG，请使用 PNG",
    "the first audio track is taken here": "本服务器使用第一条音轨",
}
