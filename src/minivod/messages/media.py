"""Media: why a file cannot be read, and why something could not be made of it."""

PAIRS = {
    # reading
    "the original cannot be read: {error}": "原始视频无法读取：{error:text}",
    "the original cannot be processed: {error}": "原始视频无法处理：{error:text}",
    "it is damaged or incomplete": "文件损坏或不完整",
    "it is damaged or incomplete ({error})": "文件损坏或不完整（{error}）",
    "it is damaged or incomplete, or larger than what the server decodes": "文件损坏或不完整，或超过服务器可解码的大小",
    "it is damaged or incomplete, or larger than what the server decodes ({error})": (
        "文件损坏或不完整，或超过服务器可解码的大小（{error}）"
    ),
    "it needs more memory than the server allows for a step": "所需内存超过服务器对单个步骤的限制",
    "its picture has no size, or is larger than the {most} pixels that the server decodes": (
        "画面没有尺寸，或超过服务器可解码的 {most} 像素"
    ),
    "its picture of {width}x{height} is larger than the {most} pixels that the server decodes": (
        "画面为 {width:number}x{height:number}，超过服务器可解码的 {most} 像素"
    ),
    "its picture is turned by an angle that is no multiple of 90 degrees, which players show differently": (
        "画面旋转的角度不是 90 度的整数倍，不同播放器的显示会不一致"
    ),
    "there is no video stream": "没有视频流",
    "none of its frames can be decoded": "没有任何一帧可以解码",
    "its parameter sets are damaged: {error}": "参数集损坏：{error:text}",
    "it ends before the samples that its index names": "文件在索引所列的样本之前就结束了",
    "there is no picture in it": "其中没有画面",
    "the decoder's output makes no sense": "解码器的输出无法理解",
    "the decoder's output was cut off": "解码器的输出中断了",
    "its description makes no sense": "文件信息无法理解",
    "its parameter sets are larger than a header can be": "参数集超过了文件头的容量",
    "its header breaks off": "文件头不完整",
    "it has more parameter sets than a header can hold": "参数集的数量超过了文件头的容量",
    "its parameter sets change at {seconds} s, so that no header is true for all of it": (
        "参数集在 {seconds} 秒处发生变化，没有一个文件头适用于整个视频"
    ),
    "its parameter sets cannot be written into a header": "参数集无法写入文件头",
    "it ends too early": "数据过早结束",
    "it has a number that is too large": "其中有过大的数值",
    "it has a chroma format that does not exist": "色度格式不存在",
    "it has a bit depth that does not exist": "位深不存在",
    "{lost} of its first {seconds} s cannot be decoded": "前 {seconds} 秒中有{lost:known}无法解码",
    "{seconds} s": "{seconds:number} 秒",
    "{seconds} s of {what}": "{seconds:number} 秒的{what:term}",
    "its {what} from {since} s to {until} s cannot be decoded": "{since} 秒到 {until} 秒之间的{what:term}无法解码",
    "frames": "画面",
    "sound": "声音",
    "its sound (stream {number} of the file) cannot be decoded": "声音（文件中的流 {number}）无法解码",
    "its sound has {channels} channels; at most {most} are reviewed": (
        "声音有 {channels} 个声道；最多审核 {most} 个声道"
    ),
    "it is a picture (HEIF or a relative), not a video": "它是图片（HEIF 或类似格式），不是视频",
    "it is not a JPEG, PNG, GIF or WebP picture": "它不是 JPEG、PNG、GIF 或 WebP 图片",
    "it is not a JPEG, PNG, GIF or WebP picture (but HEIF or a relative: HEIC, AVIF)": (
        "它不是 JPEG、PNG、GIF 或 WebP 图片，而是 HEIF 或类似格式（HEIC、AVIF）"
    ),
    "the file is empty": "文件是空的",
    "it is a playlist or manifest, which refers to other files; upload the video itself": (
        "它是引用其他文件的播放列表或索引文件，请上传视频本身"
    ),
    "its content is not of a known video or audio format": "文件内容不是已知的视频或音频格式",
    # tools and their limits
    "a tool of the server failed on it; the server's log says how": "服务器的处理工具出错，详情见服务器日志",
    "the tool failed (exit code {code})": "处理工具出错（退出码 {code}）",
    "it used more than {seconds} s of processor time": "占用处理器时间超过 {seconds} 秒",
    "its output grew over {most} bytes": "输出超过 {most} 字节",
    "it was killed; perhaps the machine ran out of memory": "处理工具被强制结束，可能是机器内存不足",
    "the tool crashed (signal {signal})": "处理工具崩溃（信号 {signal}）",
    "{tool} took longer than {seconds} s": "{tool:word} 运行超过 {seconds:word} 秒",
    "the tool's output was cut off": "处理工具的输出中断了",
    "it was stopped after {seconds} s without progress": "{seconds} 秒没有进展，已停止处理",
    "it was stopped after {seconds} s": "超过 {seconds} 秒，已停止处理",
    "it was stopped because it printed too much": "处理工具打印的内容过多，已停止处理",
    "no process could be started in {tries} attempts": "尝试 {tries} 次都未能启动进程",
    "no space left for working files": "没有空间存放工作文件",
    "its output {name} cannot be opened ({error})": "处理工具的输出 {name} 无法打开（{error}）",
    "its output {name} is no file of its own": "处理工具的输出 {name} 不是独立的文件",
    # what was made wrongly
    "the server made something that is not right, and keeps nothing of it; the original is not at fault: {error}": (
        "服务器生成的结果不正确，已全部丢弃；原始视频没有问题：{error:text}"
    ),
    "of {count} pictures from number {first} on, {decoded} can be decoded": (
        "从第 {first} 幅起的 {count} 幅画面中，只有 {decoded} 幅可以解码"
    ),
    "packet {number} of the {kind} cannot be decoded ({error})": "{kind:term}的第 {number} 个数据包无法解码（{error}）",
    "the output cannot be read: {error}": "输出无法读取：{error:text}",
    "the description of the output makes no sense": "输出文件的信息无法理解",
    "the description of the source makes no sense": "源文件的信息无法理解",
    "the output is wrong: {fault}": "输出有误：{fault:text}",
    "the output lasts {duration} s instead of {wanted} s": "输出时长为 {duration} 秒，应为 {wanted} 秒",
    "the source is damaged, so that {error}": "源文件损坏，导致{error:text}",
    "the source cannot be read to its end: {error}": "源文件无法完整读取：{error:text}",
    "its video is {video} instead of {wanted}": "视频是 {video:list}，应为 {wanted:list}",
    "its audio is {audio} instead of {wanted}": "音频是 {audio:list}，应为 {wanted:list}",
    "{codec} of {width}x{height}": "{codec:word} {width:number}x{height:number}",
    "its picture is not upright": "画面方向不正",
    "a stream has no samples": "有一条流没有样本",
    "its streams begin at {begins}": "各条流的起始时间不同：{begins:list}",
    "it does not begin with a keyframe": "不是以关键帧开头",
    "its playlist makes no sense": "播放列表无法理解",
    "its playlist is not complete": "播放列表不完整",
    "its playlist does not name where its segments begin": "播放列表没有写明分片的起始位置",
    "the output grew over {most} bytes": "输出超过 {most} 字节",
    "the source is damaged ({error})": "源文件损坏（{error}）",
    # encoding
    "VideoTemplate.Codec is {codec}, which this server's ffmpeg has no encoder for": (
        "VideoTemplate.Codec 是 {codec}，而本服务器的 ffmpeg 没有对应的编码器"
    ),
    "PreserveHDRSwitch is ON, and Codec is {codec}; it must be {codecs} for a source with HDR": (
        "PreserveHDRSwitch 为 ON，而 Codec 是 {codec}；源视频为 HDR 时须为 {codecs:list}"
    ),
    "EndTimeOffset is {end}, which is not behind StartTimeOffset {start}; the source lasts {duration} s": (
        "EndTimeOffset 是 {end}，不在 StartTimeOffset {start} 之后；源视频时长 {duration} 秒"
    ),
    "{name} is {value}; it must lie within the source, which lasts {duration} s": (
        "{name:word} 是 {value}；须在源视频的时长 {duration} 秒之内"
    ),
    "AudioTemplate.SampleRate is {rate}; it must be {wanted} for libmp3lame in flv": (
        "AudioTemplate.SampleRate 是 {rate}；在 flv 中使用 libmp3lame 时须为 {wanted}"
    ),
    "the source has no audio stream, and nothing else is wanted": "源视频没有音频流，而模板只要求音频",
    "the source has no video stream, which the template wants; a template with RemoveVideo 1 makes sound alone": (
        "源文件没有模板所要求的视频流；RemoveVideo 为 1 的模板只生成音频"
    ),
    "the size of the source's picture is not known": "源视频的画面尺寸未知",
    "the source's video is Dolby Vision without a base layer, whose colours only its own decoders know": (
        "源视频是没有基础层的杜比视界，只有专用解码器才能还原颜色"
    ),
    "the source's {kind} stream is encrypted (DRM)": "源文件的{kind:term}流是加密的（DRM）",
    "the codec of the source's {kind} stream is not known; its tag: {tag}": (
        "源文件的{kind:term}流编码未知；标签：{tag:text}"
    ),
    # pictures
    "{seconds} s with {fps} Hz are {count} pictures; of {width}x{height} pixels at most {most} are made: the part from "
    "StartTimeOffset to EndTimeOffset must be at most {longest} s long, or the pictures smaller": (
        "{seconds} 秒、帧率 {fps} 共 {count} 幅画面；{width:number}x{height:number} 像素的画面最多生成 {most} 幅："
        "StartTimeOffset 到 EndTimeOffset 最长 {longest} 秒，或者缩小画面"
    ),
    "there is no video stream that can be decoded": "没有可以解码的视频流",
    "TimeOffset {milliseconds} ms": "TimeOffset {milliseconds:word} 毫秒",
    "the time offset {asked} must be seconds (3.5s) or a part of the duration (10%)": (
        "时间点 {asked} 须为秒数（例如 3.5s）或时长的百分比（例如 10%）"
    ),
    "the time offset {asked}": "时间点 {asked:word}",
    "{name} lies outside of the video, which lasts {duration} s": "{name:text} 超出了视频的时长（{duration} 秒）",
    "PositionValue {seconds} s": "PositionValue {seconds:word} 秒",
    "the time offset {percent}% must be from 0% to 100%": "时间点 {percent}% 须在 0% 到 100% 之间",
    "SampleInterval {interval} makes {count} pictures of this video; at most {most} are made, so that it must be "
    "{least} or more": (
        "SampleInterval {interval} 会从此视频生成 {count} 幅画面；最多生成 {most} 幅，因此须不小于 {least}"
    ),
    "StartTimeOffset {start} and EndTimeOffset {end} leave nothing of the video, which lasts {duration} s": (
        "StartTimeOffset {start} 与 EndTimeOffset {end} 之间没有视频内容，视频时长 {duration} 秒"
    ),
    "there are {count} offsets; 1 to {most} are made": "有 {count} 个时间点；须为 1 到 {most} 个",
    "there is no video stream in the file": "文件中没有视频流",
    "the video stream is encrypted": "视频流是加密的",
    "the video stream does not tell the size of its picture": "视频流没有写明画面尺寸",
    "the picture would have {width}x{height} pixels; at most {longest} on a side of a {format} and {most} in all are "
    "made, so that Width and Height must be smaller": (
        "画面会有 {width:number}x{height:number} 像素；{format} 的边长最多 {longest} 像素，总共最多 {most} 像素，"
        "因此须减小 Width 和 Height"
    ),
    "a sheet of {columns} columns and {rows} rows of {width}x{height} pixels would be too large; a side has at most "
    "{longest} pixels, and a sheet {most}": (
        "{columns} 列 {rows} 行、小图为 {width:number}x{height:number} 像素的雪碧图过大；边长最多 {longest} 像素，"
        "整张最多 {most} 像素"
    ),
    "a picture would have more than {most} bytes; fewer or smaller pictures are made by the template's sides, its Fps, "
    "or a shorter part of the video": ("图片会超过 {most} 字节；可减小模板的宽高或 Fps，或缩短所取的视频片段"),
    "no picture can be taken of the video: {error}": "无法从视频中截取画面：{error:text}",
    # watermarks
    "the picture of watermark template {definition} was replaced or deleted so long ago that it is not kept any more": (
        "水印模板 {definition} 的图片早已被替换或删除，不再保留"
    ),
    "it moves, and has {frames} pictures, {width}x{height} pixels on the video; the server draws {most_frames} and "
    "{most_pixels} pixels in all of them at most": (
        "它是动图，有 {frames} 幅画面，在视频上为 {width:number}x{height:number} 像素；服务器最多绘制 "
        "{most_frames} 幅，所有画面总共最多 {most_pixels} 像素"
    ),
    "its text has {width}x{height} pixels; the server draws {most} at most": (
        "文字有 {width:number}x{height:number} 像素；服务器最多绘制 {most} 像素"
    ),
    "no font has the letters {letters}": "没有字体包含这些字符：{letters}",
    "a watermark of the type {type} cannot be drawn": "无法绘制类型为 {type} 的水印",
    "the watermark has no picture": "水印没有图片",
    "the watermark has no text; it must be in TextContent": "水印没有文字；须填写在 TextContent 中",
    "the watermark's description makes no sense": "水印的信息无法理解",
    "the watermark's place makes no sense": "水印的位置不合理",
    "the watermark cannot be drawn: {reason}": "无法绘制水印：{reason:text}",
    "the watermark's text cannot be drawn: {reason}; the operator of the server has to install the package {package} "
    "(pip install 'minivod[fonts]') or to put a font with these letters into the directory of the setting fonts_dir "
    "({fonts})": (
        "无法绘制水印的文字：{reason:text}；服务器的运维人员须安装软件包 {package}"
        "（pip install 'minivod[fonts]'），或把包含这些字符的字体放入设置项 fonts_dir 的目录（{fonts:text}）"
    ),
    "not set": "未设置",
}
