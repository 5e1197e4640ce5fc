"""Files that name others beside them, rewritten for links with a signature: playlists of HLS and WebVTT of sprites.

All are our own, so a line is what our muxer writes (RFC 8216 §4); what a playlist names that is not cut stays as it is.
"""

import re
from collections.abc import Callable

_SLACK = 0.5
"""Seconds by which a segment may end after a try-out: encoders end segments at key frames, not at whole seconds."""
_URI = re.compile(r'URI="([^"]+)"')
_CUE = re.compile(r"^([^\s#]+)(#xywh=[0-9,]+)$", re.MULTILINE)
_DURATION = "#EXTINF:"
_END = "#EXT-X-ENDLIST"
Query = Callable[[str], str]
"""The query with which a file is to be fetched, by its name."""


class TooShort(Exception):
    """The first segment is longer than the try-out."""


def signed_playlist(text: str, query: Query) -> str:
    """The playlist with a query behind each name."""

    def attribute(found: re.Match[str]) -> str:
        return f'URI="{found[1]}?{query(found[1])}"'

    lines = [
        _URI.sub(attribute, line) if line.startswith("#") else f"{line}?{query(line)}" if line else line
        for line in text.splitlines()
    ]
    return "\n".join(lines) + "\n"


def signed_cues(text: str, query: Query) -> str:
    """Likewise WebVTT whose cues name sheets of pictures."""
    return _CUE.sub(lambda found: f"{found[1]}?{query(found[1])}{found[2]}", text)


def cut(text: str, seconds: int) -> str:
    """The playlist with the segments that end within the first seconds; a master has none, and stays as it is.

    Raises:
        TooShort: there is no such segment.
    """
    lines = text.splitlines()
    if not any(line.startswith(_DURATION) for line in lines):
        return text
    passed, end = 0.0, 0
    for number, line in enumerate(lines):
        if line.startswith(_DURATION):
            passed += float(line.removeprefix(_DURATION).split(",")[0])
        elif line and not line.startswith("#"):
            if passed > seconds + _SLACK:
                break
            end = number + 1
    if not end:
        raise TooShort
    return "\n".join([*lines[:end], _END]) + "\n"


def names(text: str) -> set[str]:
    """The files that a media playlist names; a master names no segments."""
    if _DURATION not in text:
        return set()
    lines = text.splitlines()
    return {line for line in lines if line and not line.startswith("#")} | set(_URI.findall(text))
