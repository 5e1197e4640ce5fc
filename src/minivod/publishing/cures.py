"""The presets that make of a video what can be published, as near to it as may be; chosen from the presets' data."""

from minivod.media.metadata import MediaMetadata
from minivod.publishing import formats
from minivod.templates.presets import TRANSCODE
from minivod.templates.transcode import Transcode

_VIDEO = {"libx264": "h264", "libx265": "hevc"}
_AUDIO = {"libfdk_aac": "aac", "libmp3lame": "mp3"}
"""Codecs of templates, by libav's names; what formats.py knows of these is played."""
_MOST = 2
_WIDE = 16 / 9


def unpublishable(template: Transcode) -> str:
    """What a template makes that cannot be published, and what can, in words; empty: what it makes can be."""
    video, audio = template.video, template.audio
    if template.Container not in formats.TRANSCODES or video is None:
        made = template.Container if video is not None else f"{template.Container} without video"
        return f"{made}; only video in {formats.either(sorted(formats.TRANSCODES))} can be published"
    if _VIDEO.get(video.Codec) not in formats.VIDEO:
        return f"video by {video.Codec}; only that by {formats.either(list(_VIDEO))} can be published"
    if audio is not None and _AUDIO.get(audio.Codec) not in formats.AUDIO:
        return f"sound by {audio.Codec}; only that by {formats.either(list(_AUDIO))} can be published"
    return ""


def cures(metadata: MediaMetadata) -> list[int]:
    """Up to two presets of MP4 with H.264, which every phone plays: those that shrink its picture least.

    Of these the smallest, for no preset enlarges a picture.
    """
    longer, shorter = max(metadata.width, metadata.height), min(metadata.width, metadata.height)
    shrunk = {
        definition: _shrink(preset.settings, longer, shorter)
        for definition, preset in TRANSCODE.items()
        if not unpublishable(preset.settings) and _is_plain(preset.settings)
    }
    best = max(shrunk.values())
    fit = [definition for definition, share in shrunk.items() if share == best]
    return sorted(fit, key=lambda definition: (_lines(TRANSCODE[definition].settings), definition))[:_MOST]


def _is_plain(template: Transcode) -> bool:
    video = template.video
    return template.Container == "mp4" and video is not None and video.Codec == "libx264" and video.Bitrate > 0


def _shrink(template: Transcode, longer: int, shorter: int) -> float:
    """The share of the picture's sides that a template leaves; Width is the longer one, Height the shorter one."""
    video = template.video
    sides = ((video.Width, longer), (video.Height, shorter)) if video is not None else ()
    return min((most / side for most, side in sides if 0 < most < side), default=1.0)


def _lines(template: Transcode) -> float:
    video = template.video
    return video.Height or video.Width / _WIDE if video is not None else 0.0
