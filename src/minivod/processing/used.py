"""What is counted of the products of steps: seconds of what was encoded by codec and size, and pictures."""

from collections import Counter

from minivod.media.encode.results import Ladder
from minivod.media.metadata import MediaMetadata
from minivod.store import usage
from minivod.store.usage import Used

_SIZES = ((480, "SD"), (720, "HD"), (1080, "FHD"), (1440, "2K"))
"""The longest shorter side, pixels, as the published model has them; all that is larger is 4K, its last one."""
_CODECS = {"h264": "H264", "avc1": "H264", "avc3": "H264", "hevc": "H265", "hvc1": "H265", "hev1": "H265"}
_AUDIO = "Audio"


def transcode(made: MediaMetadata) -> Used:
    """A transcode, by the length, codec and size of what came out."""
    name = specification(made.video[0].codec, made.width, made.height) if made.video else _AUDIO
    return Used(usage.TRANSCODING, {name: usage.whole_seconds(made.duration)})


def ladder(made: Ladder) -> Used:
    """An adaptive result: each of its streams counts."""
    seconds, amounts = usage.whole_seconds(made.duration), Counter[str]()
    for one in made.streams:
        codec = one.codecs.partition(".")[0]
        amounts[_AUDIO if one.type == "audio" else specification(codec, one.width, one.height)] += seconds
    return Used(usage.ADAPTIVE, amounts)


def pictures(kind: str, number: int) -> Used:
    """Pictures that were taken; of a sprite, its sheets."""
    return Used(usage.SNAPSHOT, {kind: number})


def specification(codec: str, width: int, height: int) -> str:
    """As a SpecificationDataItem names it; of AV1, for which the published model has no name, in the same manner."""
    size = next((name for most, name in _SIZES if min(width, height) <= most), "4K")
    return f"Standard.{_CODECS.get(codec, 'AV1')}.{size}"
