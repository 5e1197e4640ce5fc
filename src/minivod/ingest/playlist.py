"""Reads HLS playlists of others (RFC 8216): which parts make the stream, each by a URL that egress has to allow.

What a concatenation of the parts would not play as the playlist means it is refused by name.
"""

import re
from dataclasses import dataclass, field

from minivod.destinations import BadUrl, Target

MOST_BYTES = 4 * 1024**2
MOST_PARTS = 20_000
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)')
_NUMBER = re.compile(r"[0-9]{1,20}")  # of 64 bits, as RFC 8216 has them
_RANGE = re.compile(r"([0-9]{1,15})(?:@([0-9]{1,15}))?")

_REFUSED = {
    "#EXT-X-DEFINE": "it has variables (EXT-X-DEFINE), which are not supported",
    "#EXT-X-I-FRAMES-ONLY": "it has key frames only (EXT-X-I-FRAMES-ONLY)",
}
"""Tags, and why a playlist that has them is not taken."""


class BadPlaylist(Exception):
    """It cannot be made into one file; the message says why."""


@dataclass(frozen=True)
class Part:
    """A segment, or the header of segments; `span` is first byte and number of bytes, None: all of it."""

    url: str
    span: tuple[int, int] | None = None


@dataclass(frozen=True)
class Variant:
    """One of several streams of the same content; `bandwidth` is bit/s."""

    url: str
    bandwidth: int
    has_own_sound: bool
    """Not in another playlist."""


@dataclass
class Playlist:
    """Either `variants`, of a master playlist, or `parts` in their order."""

    variants: list[Variant] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


def is_playlist(head: bytes) -> bool:
    """Whether a file that begins so is one of HLS."""
    return head.removeprefix(b"\xef\xbb\xbf").startswith(b"#EXTM3U")


def parse(content: bytes, source: Target) -> Playlist:
    """Reads one.

    Args:
        content: of the file.
        source: where it came from: what its URLs are relative to.

    Raises:
        BadPlaylist: it is none, or has what cannot be joined.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadPlaylist("the playlist is not UTF-8") from None
    if not is_playlist(content):
        raise BadPlaylist("it does not begin with #EXTM3U, as playlists of HLS do")
    reader = _Reader(source)
    for line in text.split("\n"):  # nothing else ends a line: a title may have other ends of lines in it
        reader.take(line.strip(" \t\r"))
    return reader.end()


class _Reader:
    """Goes through the lines."""

    def __init__(self, source: Target) -> None:
        self._source = source
        self._made = Playlist()
        self._stream: dict[str, str] | None = None
        self._span: tuple[int, int] | None = None
        self._after: dict[str, int] = {}
        self._header: Part | None = None
        self._sounds: set[str] = set()
        self._groups: list[str] = []
        self._ended = False

    def take(self, line: str) -> None:
        """One line, without the blanks around it."""
        if not line:
            return
        if not line.startswith("#"):
            self._uri(line)
            return
        name, _, value = line.partition(":")
        if name in _REFUSED:
            raise BadPlaylist(_REFUSED[name])
        match name:
            case "#EXT-X-STREAM-INF":
                self._stream = _attributes(value)
            case "#EXT-X-BYTERANGE":
                self._span = _span(value)
            case "#EXT-X-ENDLIST":
                self._ended = True
            case "#EXT-X-MEDIA" | "#EXT-X-MAP" | "#EXT-X-KEY" | "#EXT-X-DISCONTINUITY":
                self._shaping(name, _attributes(value))
            case _:
                pass

    def _shaping(self, name: str, told: dict[str, str]) -> None:
        """What says which parts belong together."""
        if name == "#EXT-X-MEDIA" and told.get("TYPE") == "AUDIO" and "URI" in told:
            self._sounds.add(told.get("GROUP-ID", ""))
        elif name == "#EXT-X-MAP":
            self._map(told)
        elif name == "#EXT-X-KEY" and told.get("METHOD") != "NONE":
            raise BadPlaylist("its segments are encrypted (EXT-X-KEY), which is not supported")
        elif name == "#EXT-X-DISCONTINUITY" and self._made.parts and self._made.parts[-1] is not self._header:
            raise BadPlaylist("it has a break (EXT-X-DISCONTINUITY), so that its segments do not make one file")

    def end(self) -> Playlist:
        """What was read."""
        made = self._made
        if made.variants and made.parts:
            raise BadPlaylist("it is a master playlist and one of segments at once")
        if made.variants:
            streams = zip(made.variants, self._groups, strict=True)
            made.variants = [Variant(one.url, one.bandwidth, group not in self._sounds) for one, group in streams]
        elif not made.parts:
            raise BadPlaylist("it has no segments")
        elif not self._ended:
            raise BadPlaylist("it has no end (EXT-X-ENDLIST): live streams are not recorded")
        return made

    def _uri(self, line: str) -> None:
        url = self._url(line)
        if self._stream is not None:
            bandwidth = self._stream.get("BANDWIDTH", "")
            self._made.variants.append(Variant(url, int(bandwidth) if _NUMBER.fullmatch(bandwidth) else 0, True))
            self._groups.append(self._stream.get("AUDIO", ""))
            self._stream = None
        else:
            self._made.parts.append(Part(url, self._located(url)))
        if len(self._made.parts) + len(self._made.variants) > MOST_PARTS:
            raise BadPlaylist(f"it has more than {MOST_PARTS} segments")

    def _located(self, url: str) -> tuple[int, int] | None:
        """The bytes of a segment; one without an offset begins where the last one of its file ended."""
        if self._span is None:
            return None
        first, length = self._span
        self._span = None
        if first < 0 and url not in self._after:
            raise BadPlaylist("it has a range of bytes that does not say where it begins (EXT-X-BYTERANGE)")
        first = self._after[url] if first < 0 else first
        self._after[url] = first + length
        return first, length

    def _map(self, told: dict[str, str]) -> None:
        url = self._url(told.get("URI", ""))
        first, length = _span(told["BYTERANGE"]) if "BYTERANGE" in told else (0, 0)
        header = Part(url, (max(first, 0), length) if length else None)
        if self._header is None and self._made.parts:
            raise BadPlaylist("its header (EXT-X-MAP) comes after its first segment")
        if self._header is None:
            self._made.parts.append(header)
            self._header = header
        elif header != self._header:
            raise BadPlaylist("its header (EXT-X-MAP) changes, so that its segments do not make one file")

    def _url(self, reference: str) -> str:
        try:
            return self._source.join(reference)
        except BadUrl as error:
            raise BadPlaylist(f"it has a URL that {error}") from None


def _attributes(text: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(text)}


def _span(text: str) -> tuple[int, int]:
    """The first byte, -1 where it is not said, and the number of bytes."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise BadPlaylist("it has a range of bytes that cannot be read (EXT-X-BYTERANGE)")
    return (int(found[2]) if found[2] else -1, int(found[1]))
