"""What a ModifyMediaInfo makes of tags, key frames and subtitles: the rules of the published model, and no database."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta

from minivod import errors
from minivod.actions.inline_picture import decoded
from minivod.errors import shorten
from minivod.wire.media_info import MediaKeyFrameDescItem
from minivod.wire.subtitles import MediaSubtitleInput

MOST_TAGS = 16
MOST_KEY_FRAMES = 100
MOST_SUBTITLES = 16
LARGEST_SUBTITLE = 1024 * 1024
"""Bytes; that of a film has some hundred thousand."""
_WEBVTT = re.compile(r"\ufeff?WEBVTT(?:[ \t\n\r]|$)")  # W3C WebVTT §4.1: byte order mark and signature

Switch = Annotated[int, Meta(ge=0, le=1)]
Tag = Annotated[str, Meta(min_length=1, max_length=32)]


def check_conflict(what: str, added: Collection[Any], deleted: Collection[Any], clear: int) -> None:
    """Refuses to add and delete the same, and to add what is cleared (both are the model's own rules).

    Raises:
        InvalidParameterValue, with the code that the reference has for tags and key frames.
    """
    if added and clear == 1:
        raise _conflict(what, "Clear")(f"Clear{what} is 1 and Add{what} is there; a call can have only one of them")
    both = [one for one in added if one in deleted]
    if both:
        deletes = "DeleteSubtitleIds" if what == "Subtitles" else f"Delete{what}"
        raise _conflict(what, "Delete")(f"Add{what} and {deletes} both have {shorten(both[0])}")


def _conflict(what: str, other: str) -> type[errors.InvalidParameterValue]:
    if what == "Subtitles":
        return errors.InvalidParameterValue
    return errors.invalid(f"Add{what}And{other}{what}Conflict")


def tags(have: Sequence[str], add: Sequence[str], delete: Collection[str], clear: int) -> list[str]:
    """The tags in the order in which they were added; raises LimitExceeded.TagCountReachMax."""
    kept = [] if clear == 1 else [tag for tag in have if tag not in delete]
    made = list(dict.fromkeys([*kept, *add]))
    if len(made) > MOST_TAGS and len(made) > len(have):
        raise errors.special(errors.LimitExceeded, "TagCountReachMax")(
            f"the media would have {len(made)} tags; it may have at most {MOST_TAGS}"
        )
    return made


def key_frames(
    have: Sequence[Mapping[str, Any]], add: Sequence[MediaKeyFrameDescItem], delete: Collection[float], clear: int
) -> list[dict[str, Any]]:
    """The descriptions by time, at each moment the latest one; raises LimitExceeded.KeyFrameDescCountReachMax."""
    kept = {} if clear == 1 else {one["TimeOffset"]: one["Content"] for one in have}
    made = {at: text for at, text in kept.items() if at not in delete} | {one.TimeOffset: one.Content for one in add}
    if len(made) > MOST_KEY_FRAMES:
        raise errors.special(errors.LimitExceeded, "KeyFrameDescCountReachMax")(
            f"the media would have {len(made)} key frame descriptions; it may have at most {MOST_KEY_FRAMES}"
        )
    return [{"TimeOffset": at, "Content": made[at]} for at in sorted(made)]


def subtitle_content(index: int, given: MediaSubtitleInput) -> bytes:
    """The WebVTT of a subtitle that is to be added.

    Raises:
        InvalidParameterValue: it is no Base64, too large, or no WebVTT.
    """
    where = f"AddSubtitles.{index}.Content"
    content = decoded(given.Content, where, errors.InvalidParameterValue, LARGEST_SUBTITLE)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise errors.InvalidParameterValue(f"{where} is not text in UTF-8, which WebVTT is") from None
    if not _WEBVTT.match(text):
        raise errors.InvalidParameterValue(
            f"{where} is no WebVTT: its first line must begin with WEBVTT; SubRip (.srt) has to be converted before"
        )
    return content
