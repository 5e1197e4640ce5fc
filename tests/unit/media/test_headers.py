"""The published file has its parameter sets in the header, wherever they were, and shows the same pictures."""

from collections.abc import Callable
from pathlib import Path

import pytest

from minivod.media.metadata import PictureFormat
from minivod.media.parameter_sets import Collector
from minivod.media.probe import Examination, NotMedia, examine, probe
from minivod.media.remux import remux_to_mp4
from minivod.media.sandbox import Sandbox

from .streams import (
    pictures,
    record_of,
    sets_of,
    units,
    with_lengths,
    with_record,
    with_second_description,
    with_start_codes,
    without_sets,
)

Clip = Callable[..., Path]
FRAMES = 30
SOURCE = f"-f lavfi -i testsrc2=size=128x96:rate={FRAMES} -t 1"
SOUND = "-f lavfi -i sine=frequency=440 -t 1 -c:a aac"
# With pictures that are shown in another order than they are stored in.
H264 = "-c:v libx264 -preset veryfast -g 12"
HEVC = "-c:v libx265 -preset ultrafast -g 12 -x265-params log-level=none:bframes=2"
SETS = {"h264": {7, 8}, "hevc": {32, 33, 34}}
TAGS = {"h264": "avc1", "hevc": "hvc1"}


@pytest.fixture
def repeated(clip_store: Clip, clip: Clip) -> Callable[[str, str], Path]:
    """An MP4 with that tag whose sets are in the header, and among the samples with every IDR."""

    def made(codec: str, tag: str) -> Path:
        coder, loose = {"h264": (H264, "avc3"), "hevc": (HEVC, "hev1")}[codec]
        stream = clip_store(f"headers_{codec}.ts", f"{SOURCE} {coder}")
        path = clip(f"headers_repeated_{codec}.mp4", "-i", stream, f"-c copy -tag:v {loose}")
        path.write_bytes(path.read_bytes().replace(loose.encode(), tag.encode()))
        return path

    return made


async def remuxed(sandbox: Sandbox, source: Path) -> tuple[Path, Examination]:
    """The published file; it is what publishing asks for."""
    before, told = pictures(source), list[float]()
    assert len(before) >= FRAMES / 2
    target = source.parent / "out.mp4"
    await remux_to_mp4(sandbox, source, target, on_progress=told.append)
    assert told == sorted(told) and told[-1] == 1.0
    found = await examine(sandbox, target)
    [stream], sets = found.metadata.video, found.parameter_sets
    assert sets is not None
    assert (sets.in_header, sets.in_samples, sets.changed_at, sets.layered) == (True, False, None, False)
    assert (stream.codec_tag, found.metadata.faststart) == (TAGS[stream.codec], True)
    assert pictures(target) == before
    return target, found


@pytest.mark.parametrize(("codec", "tag"), [("h264", "avc1"), ("h264", "avc3"), ("hevc", "hvc1"), ("hevc", "hev1")])
async def test_sets_in_the_header_and_among_the_samples(
    sandbox: Sandbox, repeated: Callable[[str, str], Path], codec: str, tag: str
) -> None:
    source = repeated(codec, tag)
    assert {kind for kind, _ in units(source)} >= SETS[codec]
    target, _ = await remuxed(sandbox, source)
    kinds = [kind for kind, _ in units(target)]
    assert not SETS[codec] & set(kinds)
    assert kinds == [kind for kind, _ in units(source) if kind not in SETS[codec]]  # nothing else is lost


@pytest.mark.parametrize(("codec", "tag"), [("h264", "avc1"), ("h264", "avc3"), ("hevc", "hvc1"), ("hevc", "hev1")])
async def test_sets_among_the_samples_alone(
    sandbox: Sandbox, repeated: Callable[[str, str], Path], codec: str, tag: str
) -> None:
    source = repeated(codec, tag)
    full = record_of(source)
    with_record(source, without_sets(full))
    target, _ = await remuxed(sandbox, source)
    ours, ffmpegs = (Collector(codec, record).result() for record in (record_of(target), full))
    assert ours.record == ffmpegs.record


@pytest.mark.parametrize(("codec", "tag"), [("h264", "avc3"), ("hevc", "hev1"), ("hevc", "dvh1"), ("hevc", "dvhe")])
async def test_other_tags_with_all_sets_in_the_header(sandbox: Sandbox, clip: Clip, codec: str, tag: str) -> None:
    known = {"h264": "avc1", "hevc": "hvc1"}[codec]
    source = clip(f"headers_{codec}.mp4", f"{SOURCE} {H264 if codec == 'h264' else HEVC} -tag:v {known}")
    source.write_bytes(source.read_bytes().replace(known.encode(), tag.encode()))
    await remuxed(sandbox, source)


@pytest.mark.parametrize("header", ["full", "empty"])
async def test_lengths_of_two_bytes(
    sandbox: Sandbox, repeated: Callable[[str, str], Path], tmp_path: Path, header: str
) -> None:
    source = with_lengths(repeated("h264", "avc3"), 2, tmp_path / "short.mp4")
    if header == "empty":
        with_record(source, without_sets(record_of(source)))
    assert record_of(source)[4] & 3 == 1
    await remuxed(sandbox, source)


@pytest.mark.parametrize("said", ["nothing", "start codes"])
async def test_start_codes_in_an_mp4(sandbox: Sandbox, repeated: Callable[[str, str], Path], said: str) -> None:
    """As muxers write it that copy a transport stream as it is."""
    source = repeated("h264", "avc1")
    sets = b"".join(b"\0\0\0\1" + unit for unit in sets_of(record_of(source)))
    await remuxed(sandbox, with_start_codes(source, record=None if said == "nothing" else sets))


async def test_the_rest_of_the_file_stays(
    sandbox: Sandbox, clip: Clip, repeated: Callable[[str, str], Path], clip_store: Clip
) -> None:
    """Rotation, sound, a part that an edit list hides, and a cover inside the file (which is left out)."""
    video = with_record(repeated("hevc", "hev1"), without_sets(record_of(repeated("hevc", "hev1"))))
    bare = clip("headers_sound.mp4", f"{SOUND}")
    source = clip(
        "headers_all.mp4",
        *("-display_rotation:v:0 270 -itsoffset 0.5 -i", video, "-i", bare, "-i", clip_store("picture.jpg")),
        *("-map 2 -map 1 -map 0 -c copy -tag:v:1 hev1 -disposition:v:0 attached_pic",),
    )
    before = await examine(sandbox, source)
    assert before.parameter_sets is not None and not before.parameter_sets.in_header
    target, after = await remuxed(sandbox, source)
    assert (after.metadata.rotate, len(after.metadata.audio)) == (90, 1)
    assert after.metadata.duration == pytest.approx(before.metadata.duration, abs=0.05)
    assert after.metadata.video[0].start == pytest.approx(before.metadata.video[0].start, abs=0.01)
    assert before.metadata.video[0].start > 0.4
    assert after.metadata.audio[0].start == pytest.approx(before.metadata.audio[0].start, abs=0.01)
    assert b"JFIF" not in target.read_bytes()


async def test_a_part_that_an_edit_list_hides_may_hold_the_sets(
    sandbox: Sandbox, clip: Clip, repeated: Callable[[str, str], Path]
) -> None:
    source = clip("headers_cut.mp4", "-ss 0.5 -i", repeated("h264", "avc3"), "-c copy -tag:v avc3")
    assert b"elst" in source.read_bytes()
    with_record(source, without_sets(record_of(source)))
    await remuxed(sandbox, source)


async def test_fragments(sandbox: Sandbox, clip: Clip, repeated: Callable[[str, str], Path]) -> None:
    flags = "-movflags frag_keyframe+empty_moov"
    source = clip("headers_fragments.mp4", "-i", repeated("h264", "avc3"), f"-c copy -tag:v avc3 {flags}")
    await remuxed(sandbox, source)


@pytest.mark.parametrize("tag", ["avc1", "avc3"])
async def test_sets_that_change_on_the_way_are_refused(sandbox: Sandbox, clip: Clip, tmp_path: Path, tag: str) -> None:
    """Players that never look at the samples would show other pictures than those that do."""
    parts = [
        clip(
            f"headers_{size}.ts", f"-f lavfi -i testsrc2=size={size}:rate=30 -t 1 -c:v libx264 -preset veryfast"
        ).read_bytes()
        for size in ("128x96", "96x64")
    ]
    (tmp_path / "both.ts").write_bytes(b"".join(parts))
    source = clip(f"headers_changing_{tag}.mp4", "-i", tmp_path / "both.ts", f"-c copy -tag:v {tag}")
    with pytest.raises(NotMedia, match=r"its parameter sets change at 1\.[0-9] s"):
        await remux_to_mp4(sandbox, source, tmp_path / "out.mp4", on_progress=lambda _: None)
    assert not (tmp_path / "out.mp4").exists()


async def test_two_sample_descriptions(sandbox: Sandbox, clip: Clip) -> None:
    """With the same sets they are one; with others each would be true for a part of the video."""
    source = clip("plain.mp4")
    record = record_of(source)
    await remuxed(sandbox, with_second_description(source, record))
    other = record_of(clip("headers_other.mp4", "-f lavfi -i testsrc2=size=96x64:rate=5 -frames:v 2 -c:v libx264"))
    with pytest.raises(NotMedia, match=r"its parameter sets change at [0-9]\.[0-9] s"):
        await remuxed(sandbox, with_second_description(clip("plain.mp4"), other))


async def test_damaged_sets_are_told(sandbox: Sandbox, repeated: Callable[[str, str], Path]) -> None:
    source = repeated("h264", "avc1")
    content = source.read_bytes()
    sequence, _ = sets_of(record_of(source))
    source.write_bytes(content.replace(sequence, sequence[:4] + b"\0" * (len(sequence) - 5) + b"\x80"))
    with pytest.raises(NotMedia, match="its parameter sets are damaged"):
        await examine(sandbox, source)


async def test_what_is_known_at_once_is_what_the_pictures_go_by(
    sandbox: Sandbox, clip: Clip, repeated: Callable[[str, str], Path]
) -> None:
    """A header may say what no picture obeys: nobody is refused for it before all of the stream was read."""
    deep = clip("headers_deep.mp4", f"{SOURCE} {H264} -pix_fmt yuv420p10")
    path = with_record(repeated("h264", "avc1"), record_of(deep))
    known, found = (await probe(sandbox, path)).video[0].format, (await examine(sandbox, path)).parameter_sets
    assert found is not None and found.formats == [known] and known.bit_depth == 8
    assert (await probe(sandbox, deep)).video[0].format == PictureFormat("High 10", 10, "4:2:0")
