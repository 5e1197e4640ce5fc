"""What docs/templates.zh-CN.md says around its tables, and in their cells."""

import re

from minivod.messages import translate
from minivod.templates.page_texts import ENGLISH, Texts

_WORDS = {
    "none": "无",
    "required": "必填",
    "text": "文本",
    "nothing": "不接受任何值",
    "every value": "任何值",
    "source": "与源相同",
    "automatic": "自动",
    "what is `OFF`": "只能是 `OFF`",
    "what goes with the codec and the container; the error names it": "与编码和封装相称的值；错误消息会列出",
    "a size in pixels from 1px to 9999px": "以像素为单位的大小，1px 到 9999px",
    "a colour as 0xRRGGBB": "0xRRGGBB 形式的颜色",
}
_FORMS = tuple(
    (re.compile(form), chinese)
    for form, chinese in (
        (r"from (\S+) to (\S+)", r"\1 到 \2"),
        (r"0 or from (\S+) to (\S+)", r"0，或 \1 到 \2"),
        (r"above (\S+) to (\S+)", r"大于 \1，至 \2"),
        (r"up to 100% \(10%\) or from (\S+) to (\S+) \(100px\)", r"不超过 100%（10%），或 \1 到 \2（100px）"),
        (
            r"0px, or up to 100% \(10%\) or from (\S+) to (\S+) \(100px\)",
            r"0px，或不超过 100%（10%），或 \1 到 \2（100px）",
        ),
        (r"one or more of (.+)", r"以下一个或多个：\1"),
        (r"all but (.+)", r"\1 以外的值"),
        (r"at most (\d+)", r"最多 \1"),
        (r"(\d+) long", r"长边 \1"),
        (r"(\d+) short", r"短边 \1"),
    )
)
_LEVEL = re.compile(r"(\d+) short, (\d+) kbit/s, (\d+) Hz")


def _cell(words: str) -> str:
    """A cell in Chinese; names, numbers and values stay as they are."""
    if words in _WORDS:
        return _WORDS[words]
    for form, chinese in _FORMS:
        if found := form.fullmatch(words):
            return found.expand(chinese).replace("`, `", "`、`")
    if _LEVEL.search(words):
        return _LEVEL.sub(r"短边 \1、\2 kbit/s、\3 Hz", words).replace("; ", "；")
    return translate(words, "zh-CN").replace("`, `", "`、`")


CHINESE = Texts(
    title="# 模板",
    other="[English](templates.md)",
    head=(
        "本页由 `minivod templates --markdown` 根据服务器检查参数所用的描述生成；由测试保证两者一致。",
        "",
        "模板说明怎样处理视频：转码模板是封装及其中的流，其他模板用于图片、自适应码流、水印和审核。每个模板有一个编"
        "号，即 Definition。预置模板供所有应用使用；应用可以创建自己的模板，并列出、修改和删除它们：",
        "",
        *ENGLISH.head[ENGLISH.head.index("```python") : ENGLISH.head.index("```") + 1],
        "",
        "`ProcessMedia` 和任务流（[procedures.zh-CN.md](procedures.zh-CN.md)）使用它们；审核模板用于 "
        "`ReviewAudioVideo`（[review.md](review.md#review-without-publishing)）。",
        "",
        "- 应用自己的编号从 1000001 开始，只属于该应用：另一个应用的同一编号是别的模板。编号不会再给别的模板。预置模"
        "板的编号最多六位，不能修改或删除。",
        "- 修改时没有给出的部分保持原样。",
        "- 删除模板不影响已有的结果。",
        "- 水印图片是不超过 4 MiB 的 JPEG、PNG 或 GIF。动态图片在视频上也会动，`RepeatType` 决定播完之后怎样（"
        "[pictures.zh-CN.md](pictures.zh-CN.md)）。模板使用图片期间，知道 URL 的人可以通过 `ImageUrl` 看到原图，URL "
        "无法猜出。图片被替换或删除后，对象再保留一周，当时打开着的上传会话结束后也再保留一周，这样此前接受的任务和"
        "上传仍使用原来的图片。",
        "- 错误的值会以参考服务为该字段列出的代码拒绝，例如 `InvalidParameterValue.VideoCodec`，并说明接受什么。",
        "- 应用自己的模板数量上限见下表；参考服务每种图片模板允许 16 个。",
    ),
    kinds=("种类", "预置模板", "应用自己的"),
    presets=(
        "## 预置模板",
        "",
        "取自参考服务的预置模板页面。声音为 44100 Hz 立体声；短边和长边指画面的边，另一边随比例确定。名称带 old 的，"
        "关键帧间隔 240 帧。",
    ),
    transcoding=("编号", "名称", "封装", "视频", "尺寸", "kbit/s", "Hz", "音频", "kbit/s"),
    others=("种类", "编号", "设置"),
    left_out=(
        "没有收入的参考服务预置模板：875 和 876，它们只转封装；自适应 12，它会加密；自适应 20，它是 MPEG-DASH；1080 "
        "行以上的 H.265（101040 等），我们没有找到其编号。100800 到 100840 是以最低码率保证质量的模板：在这里尺寸和"
        "流相同，码率由服务器选择。它的审核模板 10 还有标签 Moan。它的预置模板 1020、1100 和 20001 超出了它对应用自"
        "建模板所规定的范围。",
    ),
    bounds=(
        "## 字段",
        "",
        "码率以 kbit/s 为单位，边长以像素为单位，频率以 Hz 为单位，时长以秒为单位。字段的含义见公开的 API；这里说明"
        "接受什么，最后一个表格所拒绝的除外。被去掉的流（`RemoveVideo`、`RemoveAudio`）仍然可以描述。图片边长的最小"
        "值，参考服务有的页面写 128，较新的页面写 32；这里是 32。",
    ),
    fields=("字段", "接受", "默认"),
    not_done=(
        "## 没有实现的",
        "",
        "参考服务的这些字段在要求做某件事时会被拒绝，从不会被忽略。",
    ),
    refused=("字段", "拒绝", "原因"),
    cell=_cell,
)
