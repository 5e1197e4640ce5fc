"""Containers are told by their first bytes; text is never media."""

from collections.abc import Callable
from pathlib import Path

import pytest

from minivod.media.sniff import NotMedia, sniff, sniff_picture

Clip = Callable[..., Path]

VIDEOS = [
    ("plain.mp4", "mp4", "mov"),
    ("phone.3gp", "3gp", "mov"),
    ("quicktime.mov", "mov", "mov"),
    ("matroska.mkv", "mkv", "matroska"),
    ("web.webm", "webm", "matroska"),
    ("flash.flv", "flv", "flv"),
    ("stream.ts", "ts", "mpegts"),
]
TEXTS = [
    b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
    b"\xef\xbb\xbf#EXTM3U\n",
    b"  \n#EXTM3U\n",
    b"ffconcat version 1.0\nfile x\n",
    b"file '/etc/passwd'\n",
    b"<?xml version='1.0'?><MPD/>",
    b"<MPD/>",
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n",
    b"[playlist]\nFile1=/etc/passwd\n",
    b"<smil/>",
    b"hello",
    b"\0" * 400,
    b"",
]


@pytest.mark.parametrize(("name", "container", "demuxer"), VIDEOS)
def test_video_containers(clip: Clip, name: str, container: str, demuxer: str) -> None:
    found = sniff(clip(name))
    assert (found.container, found.demuxer) == (container, demuxer)


@pytest.mark.parametrize("content", TEXTS)
def test_text_is_not_media(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    with pytest.raises(NotMedia):
        sniff(path)
    with pytest.raises(NotMedia):
        sniff_picture(path)


def test_playlists_are_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(TEXTS[0])
    with pytest.raises(NotMedia, match="playlist"):
        sniff(path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("picture.png", "PNG"), ("picture.jpg", "JPEG"), ("picture.gif", "GIF"), ("picture.webp", "WEBP")],
)
def test_pictures(clip: Clip, name: str, kind: str) -> None:
    assert sniff_picture(clip(name)) == kind


def test_a_video_is_no_picture(clip: Clip) -> None:
    with pytest.raises(NotMedia):
        sniff_picture(clip("plain.mp4"))


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
def test_a_phones_own_kind_of_picture_is_named(tmp_path: Path, brand: bytes) -> None:
    path = tmp_path / "cover"
    path.write_bytes(b"\0\0\0\x18ftyp" + brand + bytes(99))
    with pytest.raises(NotMedia, match=r"not a JPEG, PNG, GIF or WebP picture .*HEIC"):
        sniff_picture(path)


def test_wav_files_above_4_gib(tmp_path: Path) -> None:
    """Their first bytes are others (EBU Tech 3306)."""
    (tmp_path / "large").write_bytes(b"RF64\xff\xff\xff\xffWAVEds64")
    assert sniff(tmp_path / "large").container == "wav"
