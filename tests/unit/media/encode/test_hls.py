"""Playlists that a captured tool wrote lead nowhere else; rates and lengths of segments."""

from pathlib import Path

import pytest

from minivod.media.encode import hls
from minivod.media.encode.hls import Variant
from minivod.media.outputs import OutputWrong

HEAD, END = "#EXTM3U\n#EXT-X-VERSION:6\n", "#EXT-X-ENDLIST\n"


def write(place: Path, lines: str, head: str = HEAD, end: str = END) -> None:
    (place / "0-00000.ts").write_bytes(b"x" * 100)
    (place / "0.m3u8").write_text(head + lines + end)


def test_a_playlist_is_read(tmp_path: Path) -> None:
    write(tmp_path, "#EXTINF:4.000,\n0-00000.ts\n#EXTINF:0.5,\n0-00001.ts\n")
    found = hls.read(tmp_path, "0", "ts", 10)
    assert [(path.name, seconds) for path, seconds in found.segments] == [("0-00000.ts", 4.0), ("0-00001.ts", 0.5)]
    assert [path.name for path in found.files] == ["0-00000.ts", "0-00001.ts", "0.m3u8"]


@pytest.mark.parametrize(
    "name", ["../source", "/etc/passwd", "http://host/x.ts", "1-00000.ts", "0-00000.ts.key", "0-1.ts", "0.m3u8"]
)
def test_other_files_are_not_named(tmp_path: Path, name: str) -> None:
    write(tmp_path, f"#EXTINF:4.000,\n{name}\n")
    with pytest.raises(OutputWrong, match="makes no sense"):
        hls.read(tmp_path, "0", "ts", 10)


@pytest.mark.parametrize("lines", ["", "#EXTINF:x,\n0-00000.ts\n", "#EXTINF:1,\n0-00000.ts\n" * 3])
def test_playlists_that_are_no_good(tmp_path: Path, lines: str) -> None:
    write(tmp_path, lines)
    with pytest.raises(OutputWrong):
        hls.read(tmp_path, "0", "ts", 2)


def test_an_end_is_wanted(tmp_path: Path) -> None:
    write(tmp_path, "#EXTINF:1,\n0-00000.ts\n", end="")
    with pytest.raises(OutputWrong, match="not complete"):
        hls.read(tmp_path, "0", "ts", 2)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"not ours")
    (tmp_path / "0-00000.ts").symlink_to(tmp_path / "secret")
    (tmp_path / "0.m3u8").write_text(f"{HEAD}#EXTINF:1,\n0-00000.ts\n{END}")
    variant = hls.read(tmp_path, "0", "ts", 2)
    with pytest.raises(OutputWrong, match="its output"):
        hls.join(variant, tmp_path / "joined")


def test_the_peak_is_that_of_a_segment_and_not_of_a_remnant(tmp_path: Path) -> None:
    sizes = [(1000, 1.0), (3000, 1.0), (500, 0.01)]
    segments = []
    for number, (size, seconds) in enumerate(sizes):
        path = tmp_path / f"{number}.ts"
        path.write_bytes(b"x" * size)
        segments.append((path, seconds))
    variant = Variant(playlist=tmp_path / "0.m3u8", segments=segments, initial=None)
    assert variant.peak == round(3500 * 8 / 1.01)
    assert variant.average == round(4500 * 8 / 2.01)


@pytest.mark.parametrize(
    ("asked", "gop", "expected"), [(4, 10.0, 4.0), (0, 10.0, 10.0), (0, 2.0, 4.0), (0, 0.5, 3.0), (0, 0.0, 6.0),
                                   (0, 4000.0, 10.0)]
)  # fmt: skip
def test_lengths_of_segments(asked: int, gop: float, expected: float) -> None:
    assert hls.segment_seconds(asked, gop) == expected


def test_only_what_the_store_has_may_have_another_name(tmp_path: Path) -> None:
    """A local copy of a result is a link to the object; a link that a tool made could lead to what is not its own."""
    write(tmp_path, "#EXTINF:1,\n0-00000.ts\n")
    for name in ("0-00000.ts", "0.m3u8"):
        (tmp_path / f"object {name}").hardlink_to(tmp_path / name)
    with pytest.raises(OutputWrong, match=r"its output 0\.m3u8 is no file of its own"):
        hls.read(tmp_path, "0", "ts", 2)
    hls.join(hls.read(tmp_path, "0", "ts", 2, stored=True), tmp_path / "joined")
    assert (tmp_path / "joined").read_bytes() == b"x" * 100
