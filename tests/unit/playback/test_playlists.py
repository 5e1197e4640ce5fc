"""Playlists and WebVTT with signatures, and playlists that end early."""

import pytest

from minivod.playback import playlists

MEDIA = """#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:5
#EXT-X-MAP:URI="0-init.mp4"
#EXTINF:4.000000,
0-00000.m4s
#EXTINF:4.200000,
0-00001.m4s
#EXTINF:1.000000,
0-00002.m4s
#EXT-X-ENDLIST
"""
MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="1",URI="1.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.64001f"
low/0.m3u8
"""
CUES = "WEBVTT\n\n00:00.000 --> 00:01.000\n00001.jpg#xywh=0,0,10,10\n"


def by_name(name: str) -> str:
    return f"q={name}"


def test_every_name_gets_its_own_query() -> None:
    signed = playlists.signed_playlist(MEDIA, by_name)
    assert '#EXT-X-MAP:URI="0-init.mp4?q=0-init.mp4"\n' in signed and "\n0-00002.m4s?q=0-00002.m4s\n" in signed
    assert playlists.names(signed) == {f"{name}?q={name}" for name in playlists.names(MEDIA)}
    assert playlists.signed_playlist(MASTER, by_name).splitlines() == [
        "#EXTM3U", '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="1",URI="1.m3u8?q=1.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.64001f"', "low/0.m3u8?q=low/0.m3u8",
    ]  # fmt: skip


def test_cues() -> None:
    assert playlists.signed_cues(CUES, by_name) == CUES.replace(".jpg#", ".jpg?q=00001.jpg#")
    assert playlists.signed_cues("WEBVTT\n\nsaid #xywh=1 loud\n", by_name) == "WEBVTT\n\nsaid #xywh=1 loud\n"


@pytest.mark.parametrize(("seconds", "number"), [(4, 1), (5, 1), (7, 1), (8, 2), (9, 3), (100, 3)])
def test_a_try_out_has_whole_segments_and_not_more(seconds: int, number: int) -> None:
    left = playlists.cut(MEDIA, seconds)
    assert playlists.names(left) == {"0-init.mp4", *(f"0-0000{one}.m4s" for one in range(number))}
    assert left.endswith("\n#EXT-X-ENDLIST\n") and left.count("#EXTINF") == number


def test_a_master_is_not_cut_and_has_no_segments() -> None:
    assert playlists.cut(MASTER, 1) == MASTER
    assert playlists.names(MASTER) == set()


def test_a_segment_that_is_too_long() -> None:
    with pytest.raises(playlists.TooShort):
        playlists.cut(MEDIA, 3)
