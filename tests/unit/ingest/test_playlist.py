"""Playlists of HLS as packagers write them, and what cannot be joined."""

import pytest

from minivod.destinations import read_url
from minivod.ingest.playlist import MOST_PARTS, BadPlaylist, Part, parse

SOURCE = read_url("https://video.example/shows/1/index.m3u8?sign=x")
HEAD = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n"


def parts(text: str) -> list[Part]:
    return parse(text.encode(), SOURCE).parts


def test_segments_in_their_order() -> None:
    text = HEAD + "#EXTINF:6.0,a title\na.ts\r\n\n# comment\n#EXTINF:2,\n/b.ts?sign=y\n#EXTINF:2,\nhttp://o.example/c\n"
    assert parts("\ufeff" + text + "#EXT-X-ENDLIST") == [
        Part("https://video.example/shows/1/a.ts"),
        Part("https://video.example/b.ts?sign=y"),
        Part("http://o.example/c"),
    ]


def test_ranges_of_one_file_with_a_header() -> None:
    text = (
        '#EXT-X-MAP:URI="v.mp4",BYTERANGE="800@0"\n'
        "#EXTINF:1,\n#EXT-X-BYTERANGE:100@800\nv.mp4\n#EXTINF:1,\n#EXT-X-BYTERANGE:50\nv.mp4\n#EXT-X-ENDLIST\n"
    )
    url = "https://video.example/shows/1/v.mp4"
    assert parts(HEAD + text) == [Part(url, (0, 800)), Part(url, (800, 100)), Part(url, (900, 50))]


def test_variants_know_their_sound() -> None:
    text = (
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="own",NAME="x",URI="sound.m3u8"\n'
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="in",NAME="x"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=900,CODECS="avc1.4d401f,mp4a.40.2",AUDIO="own"\nhigh.m3u8\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=500,AUDIO="in"\nmiddle.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=x\nlow.m3u8\n'
    )
    found = [
        (one.url[-11:], one.bandwidth, one.has_own_sound) for one in parse((HEAD + text).encode(), SOURCE).variants
    ]
    assert found == [("1/high.m3u8", 900, False), ("middle.m3u8", 500, True), ("/1/low.m3u8", 0, True)]


END = "#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize("bandwidth", ["9" * 5000, "-1", "1.5", "٣"])
def test_a_bandwidth_that_is_none_makes_the_last_of_the_variants(bandwidth: str) -> None:
    text = f"#EXT-X-STREAM-INF:BANDWIDTH={bandwidth}\na.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=1\nb.m3u8\n"
    assert [one.bandwidth for one in parse((HEAD + text).encode(), SOURCE).variants] == [0, 1]


@pytest.mark.parametrize("end", [" ", "", "\f", "\x1c", "\v"])
def test_only_line_feeds_end_lines(end: str) -> None:
    text = HEAD + f"#EXTINF:1,a title{end}of two lines\r\na.ts\r\n#EXT-X-ENDLIST"
    assert parts(text) == [Part("https://video.example/shows/1/a.ts")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not begin with #EXTM3U"),
        ("<html>", "does not begin with #EXTM3U"),
        (HEAD, "no segments"),
        (HEAD + "#EXTINF:1,\na.ts\n", "live streams"),
        (HEAD + '#EXT-X-KEY:METHOD=AES-128,URI="k"\n' + END, "encrypted"),
        (HEAD + "#EXT-X-KEY:METHOD=SAMPLE-AES\n" + END, "encrypted"),
        (HEAD + "#EXT-X-KEY\n" + END, "encrypted"),
        (HEAD + "#EXTINF:1,\na.ts\n#EXT-X-DISCONTINUITY\n" + END, "EXT-X-DISCONTINUITY"),
        (HEAD + '#EXT-X-MAP:URI="a"\n#EXTINF:1,\nb\n#EXT-X-MAP:URI="c"\n' + END, "EXT-X-MAP"),
        (HEAD + '#EXTINF:1,\nb\n#EXT-X-MAP:URI="c"\n' + END, "comes after"),
        (HEAD + "#EXT-X-I-FRAMES-ONLY\n" + END, "key frames only"),
        (HEAD + '#EXT-X-DEFINE:NAME="x",VALUE="y"\n' + END, "variables"),
        (HEAD + "#EXT-X-BYTERANGE:abc\n" + END, "range of bytes"),
        (HEAD + "#EXT-X-BYTERANGE:0@5\n" + END, "range of bytes"),
        (HEAD + "#EXT-X-BYTERANGE:5\n" + END, "does not say where it begins"),
        (HEAD + "#EXT-X-BYTERANGE:5@0\nb.ts\n#EXT-X-BYTERANGE:5\n" + END, "does not say where it begins"),
        (HEAD + "#EXTINF:1,\na\\b.ts\n#EXT-X-ENDLIST\n", "backslash"),
        (HEAD + "#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n" + END, "at once"),
        (HEAD + "#EXTINF:1,\na\n" * (MOST_PARTS + 1), f"more than {MOST_PARTS}"),
    ],
)
def test_what_cannot_be_joined_is_named(text: str, reason: str) -> None:
    with pytest.raises(BadPlaylist, match=reason):
        parse(text.encode(), SOURCE)


def test_what_is_no_text() -> None:
    with pytest.raises(BadPlaylist, match="UTF-8"):
        parse(b"#EXTM3U\n\xff\xfe", SOURCE)


def test_no_key_and_a_break_before_the_first_segment_are_no_obstacle() -> None:
    assert len(parts(HEAD + "#EXT-X-KEY:METHOD=NONE\n#EXT-X-DISCONTINUITY\n" + END)) == 1
