"""Decides from a file's first bytes what it is, so that no demuxer is ever chosen by the content of a text file.

libav's own detection takes a playlist that is named x.mp4 for a playlist and opens what it refers to (field.md §0.4).
"""

from dataclasses import dataclass
from pathlib import Path

HEAD = 8192
"""Bytes that are looked at."""


REFUSED = 3
"""Exit code of a confined child that raises NotMedia; the last line of its stderr is the message."""


BROKEN_CLOCKS = frozenset({"mpegts", "mpeg"})
"""Demuxers of streams whose clock may begin anew, as where two recordings were joined."""


class NotMedia(Exception):
    """The file is no media that can be handled; the message says why, for the caller of the API."""


@dataclass(frozen=True)
class Format:
    """A container: its name on the wire, and the demuxer of libav that is forced on it."""

    container: str
    demuxer: str


_MP4, _MOV, _3GP, _M4A = (Format(name, "mov") for name in ("mp4", "mov", "3gp", "m4a"))
_PICTURE_BRANDS = frozenset(b"heic heix heim heis hevc hevx mif1 mif2 msf1 avif avis crx jxl".split())
_QUICKTIME_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_TS_PACKET = 188


def sniff(path: Path) -> Format:
    """The container of a video or audio file.

    Raises:
        NotMedia: empty, a playlist, a picture, or nothing that is known.
    """
    head = _head(path)
    if _is_heif(head):
        raise NotMedia("it is a picture (HEIF or a relative), not a video")
    found = _iso(head) or _other(head)
    if found is None:
        raise NotMedia(_what_else(head))
    return found


def sniff_picture(path: Path) -> str:
    """The format of a picture, by the name that Pillow has for it; raises NotMedia for what is no cover."""
    head = _head(path)
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if _is_heif(head):
        raise NotMedia("it is not a JPEG, PNG, GIF or WebP picture (but HEIF or a relative: HEIC, AVIF)")
    raise NotMedia("it is not a JPEG, PNG, GIF or WebP picture")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _is_heif(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12].strip() in _PICTURE_BRANDS


def _iso(head: bytes) -> Format | None:
    """MP4 and its relatives, told apart by their brands (ISO/IEC 14496-12)."""
    kind = head[4:8]
    if kind == b"ftyp":
        size = int.from_bytes(head[:4], "big")
        brands = [head[8:12], *(head[place : place + 4] for place in range(16, min(size, HEAD), 4))]
        if brands[0] == b"qt  ":
            return _MOV
        if brands[0][:3] in (b"3gp", b"3gg", b"3gr", b"3gs", b"3ge"):
            return _3GP
        return _M4A if brands[0] in (b"M4A ", b"M4B ") else _MP4
    return _MOV if kind in _QUICKTIME_BOXES else None


def _other(head: bytes) -> Format | None:
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return Format("webm" if b"webm" in head[:64] else "mkv", "matroska")
    if head.startswith(b"RF64") and head[8:12] == b"WAVE":
        return Format("wav", "wav")
    if head.startswith(b"RIFF"):
        return {b"AVI ": Format("avi", "avi"), b"WAVE": Format("wav", "wav")}.get(head[8:12])
    if len(head) > 2 * _TS_PACKET and all(head[place] == 0x47 for place in (0, _TS_PACKET, 2 * _TS_PACKET)):
        return Format("ts", "mpegts")
    if head[:2] == b"\xff\xfb" or head[:2] in (b"\xff\xf3", b"\xff\xf2") or head.startswith(b"ID3"):
        return Format("mp3", "mp3")
    if head[:2] in (b"\xff\xf1", b"\xff\xf9"):
        return Format("aac", "aac")
    for magic, found in (
        (b"FLV\x01", Format("flv", "flv")),
        (b"fLaC", Format("flac", "flac")),
        (b"OggS", Format("ogg", "ogg")),
        (_ASF, Format("asf", "asf")),
        (b"\x00\x00\x01\xba", Format("mpg", "mpeg")),
        (b"#!AMR", Format("amr", "amr")),
    ):
        if head.startswith(magic):
            return found
    return None


def _what_else(head: bytes) -> str:
    if not head:
        return "the file is empty"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if text.startswith((b"#extm3u", b"ffconcat", b"<?xml", b"<mpd", b"[playlist]", b"v=0", b"file ")):
        return "it is a playlist or manifest, which refers to other files; upload the video itself"
    return "its content is not of a known video or audio format"
