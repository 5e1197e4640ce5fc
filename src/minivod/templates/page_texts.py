"""What docs/templates.md says around its tables, in English; page_chinese.py has the other language."""

from collections.abc import Callable

import msgspec


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """The page in a language; texts are lines of Markdown.

    Attributes:
        title: of the page.
        other: the link to the page in the other language.
        head: how templates are used.
        kinds, transcoding, others, fields, refused: heads of the tables, as cells.
        presets, left_out, bounds, not_done: headings with what is below them, around the tables.
        cell: what a cell says, given in English.
    """

    title: str
    other: str
    head: tuple[str, ...]
    kinds: tuple[str, ...]
    presets: tuple[str, ...]
    transcoding: tuple[str, ...]
    others: tuple[str, ...]
    left_out: tuple[str, ...]
    bounds: tuple[str, ...]
    fields: tuple[str, ...]
    not_done: tuple[str, ...]
    refused: tuple[str, ...]
    cell: Callable[[str], str]


_HEAD = (
    "Made by `minivod templates --markdown` from the descriptions that the server checks with; a test keeps it so.",
    "",
    "A template says how a video is processed: a transcoding template is a container with its streams, others are for",
    "pictures, adaptive streams, watermarks and reviews. Each has a number, its definition. Presets are there for",
    "every application; an application makes further ones of its own, lists, changes and deletes them:",
    "",
    "```python",
    "request = models.CreateTranscodeTemplateRequest()",
    'request.Container, request.Name = "mp4", "for phones"',
    "request.VideoTemplate = models.VideoTemplateInfo()",
    'request.VideoTemplate._deserialize({"Codec": "libx264", "Fps": 25, "Bitrate": 800, "Height": 540})',
    "request.AudioTemplate = models.AudioTemplateInfo()",
    'request.AudioTemplate._deserialize({"Codec": "libfdk_aac", "Bitrate": 64, "SampleRate": 44100})',
    "definition = client.CreateTranscodeTemplate(request).Definition",
    "```",
    "",
    "`ProcessMedia` and procedures ([procedures.md](procedures.md)) use them; templates of reviews are for",
    "`ReviewAudioVideo` ([review.md](review.md#review-without-publishing)).",
    "",
    "- An application's definitions begin at 1000001 and are its own: another application has other templates under",
    "  the same numbers. A number is never given again. Presets have six digits at most, and cannot be changed or",
    "  deleted.",
    "- What a change leaves out stays as it is.",
    "- Deleting a template leaves results untouched.",
    "- A watermark's picture is a JPEG, PNG or GIF of at most 4 MiB. One that moves does so on videos, and",
    "  `RepeatType` says what follows its end ([pictures.md](pictures.md)). `ImageUrl` shows it, as it is, to whoever",
    "  has the URL, which cannot be guessed, while the template has the picture. The object is kept for a week after",
    "  the picture was replaced or deleted, and for a week after the end of upload sessions that were open then, so",
    "  that tasks and uploads that were accepted before have the picture as it was.",
    "- Wrong values are refused with the code that the reference lists for the field, such as",
    "  `InvalidParameterValue.VideoCodec`, and a sentence that says what is accepted.",
    "- The limits of an application's own are in the table; the reference allows 16 of each kind of picture.",
)
_PRESETS = (
    "## Presets",
    "",
    "From the reference's page of preset templates. Sound is stereo with 44100 Hz; short and long are sides of the",
    "picture, and the other side follows. Those that are called old have keyframes 240 frames apart.",
)
_LEFT_OUT = (
    "Left out of the reference's presets: 875 and 876, which only repackage; adaptive 12, which encrypts, and",
    "adaptive 20, which is MPEG-DASH; H.265 from 1080 lines (101040 and others), whose numbers we could not find.",
    "100800 to 100840 are its templates for quality at the least bit rate: here they have the same sizes and streams,",
    "and a bit rate that the server chooses. Its review 10 has the label Moan too. Its presets 1020, 1100 and 20001",
    "lie outside of what it documents for an application's own.",
)
_BOUNDS = (
    "## Fields",
    "",
    "Bit rates are in kbit/s, sides in pixels, rates in Hz, durations in seconds. What the fields mean is described by",
    "the published API; here is what is accepted, but for what the last table refuses. A stream that is removed",
    "(`RemoveVideo`, `RemoveAudio`) may be described nevertheless. For sides of pictures the reference says 128 as the",
    "least on some of its pages and 32 on the newer ones; here it is 32.",
)
_NOT_DONE = (
    "## What is not done",
    "",
    "These fields of the reference are refused when they ask for something, and never ignored.",
)
ENGLISH = Texts(
    title="# Templates",
    other="[\u4e2d\u6587](templates.zh-CN.md)",
    head=_HEAD,
    kinds=("kind", "presets", "an application's own"),
    presets=_PRESETS,
    transcoding=("definition", "name", "container", "video", "size", "kbit/s", "Hz", "audio", "kbit/s"),
    others=("kind", "definition", "settings"),
    left_out=_LEFT_OUT,
    bounds=_BOUNDS,
    fields=("field", "accepted", "default"),
    not_done=_NOT_DONE,
    refused=("field", "refused", "why"),
    cell=lambda words: words,
)
