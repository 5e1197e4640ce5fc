"""Sound that review gets: every channel of every track, as it is, at the right time, in pieces that overlap."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from minivod.media import sound as module
from minivod.media.probe import NotMedia, probe
from minivod.media.sandbox import Limits, Sandbox, StepFailed, python_tool
from minivod.media.sound import OVERLAP_SECONDS, PIECE_SECONDS, Cutter, Piece, Samples, sound
from minivod.media.sound_header import RATE

Clip = Callable[..., Path]

PICTURE = "-f lavfi -i color=black:size=64x64:rate=5"
SHORT = "-c:v libx264 -preset ultrafast -shortest -t 2"


def tone(frequency: int, rate: int = 48000) -> str:
    return f"-f lavfi -i sine=frequency={frequency}:sample_rate={rate}:duration=2"


async def collect(sandbox: Sandbox, path: Path) -> list[Piece]:
    return [piece async for piece in sound(sandbox, path, await probe(sandbox, path))]


def loudest(samples: Samples) -> float:
    """The frequency that is strongest, Hz."""
    return float(np.abs(np.fft.rfft(samples.astype(float)))[1:].argmax() + 1) * RATE / len(samples)


@pytest.mark.parametrize(
    ("name", "rate", "codec"),
    [
        ("r44100.mp4", 44100, "aac"),
        ("r8000.mp4", 8000, "aac"),
        ("r11025.mp4", 11025, "aac"),
        ("r96000.mp4", 96000, "aac"),
        ("r22050.mkv", 22050, "pcm_s16le"),
        ("r48000.webm", 48000, "libopus"),
        ("r32000.ts", 32000, "libmp3lame"),
    ],
)
async def test_any_rate_becomes_the_one_that_models_hear(
    sandbox: Sandbox, clip: Clip, name: str, rate: int, codec: str
) -> None:
    video = "-c:v libvpx -deadline realtime -t 2" if name.endswith("webm") else SHORT
    (piece,) = await collect(sandbox, clip(name, PICTURE, tone(440, rate), video, f"-c:a {codec}"))
    assert piece.channels.dtype == np.int16 and len(piece.channels) == 1
    assert piece.channels.shape[1] / RATE == pytest.approx(2.0, abs=0.3)
    assert loudest(piece.channels[0]) == pytest.approx(440, abs=3)
    assert piece.time == pytest.approx(0.0, abs=0.1)


async def test_channels_are_not_mixed(sandbox: Sandbox, clip: Clip) -> None:
    tones = [tone(frequency) for frequency in (300, 500, 700, 80, 1100, 1300)]
    merge = "-filter_complex [1:a][2:a][3:a][4:a][5:a][6:a]amerge=inputs=6[a] -map 0:v -map [a]"
    path = clip("surround.mp4", PICTURE, *tones, merge, "-ac 6 -channel_layout 5.1 -c:a aac", SHORT)
    (piece,) = await collect(sandbox, path)
    found = sorted(loudest(channel) for channel in piece.channels)
    assert found == pytest.approx([80, 300, 500, 700, 1100, 1300], abs=3)


async def test_channels_that_would_cancel_each_other_are_whole(sandbox: Sandbox, clip: Clip) -> None:
    inverted = "-filter_complex [1:a]pan=stereo|c0=c0|c1=-1*c0[a] -map 0:v -map [a]"
    (piece,) = await collect(sandbox, clip("inverted.mp4", PICTURE, tone(440), inverted, "-c:a aac", SHORT))
    left, right = piece.channels.astype(int)
    assert np.abs(left).mean() > 500 and np.abs(left + right).mean() < 50


async def test_every_track_is_heard(sandbox: Sandbox, clip: Clip) -> None:
    path = clip("tracks.mkv", PICTURE, tone(300), tone(900), "-map 0 -map 1 -map 2 -c:a aac", SHORT)
    found = await collect(sandbox, path)
    assert [loudest(piece.channels[0]) for piece in found] == pytest.approx([300, 900], abs=3)


async def test_sound_that_begins_late_and_outlives_the_picture(sandbox: Sandbox, clip: Clip) -> None:
    late = f"-f lavfi -t 1 -i color=black:size=64x64:rate=5 -itsoffset 1.5 {tone(440)}"
    path = clip("late.mkv", late, "-map 0 -map 1 -c:v libx264 -preset ultrafast -c:a aac")
    (piece,) = await collect(sandbox, path)
    assert piece.time == pytest.approx(1.5, abs=0.1)
    assert piece.channels.shape[1] / RATE == pytest.approx(2.0, abs=0.3)


async def test_sound_that_an_edit_list_hides_is_heard(sandbox: Sandbox, clip: Clip) -> None:
    whole = clip("whole.mp4", PICTURE, tone(440), SHORT, "-c:a aac")
    hidden = clip("hidden.mp4", "-ss 1 -i", whole, "-c copy -avoid_negative_ts disabled")
    (piece,) = await collect(sandbox, hidden)
    assert piece.channels.shape[1] / RATE > 1.5


async def test_no_sound_is_nothing(sandbox: Sandbox, clip: Clip) -> None:
    assert await collect(sandbox, clip("quicktime.mov")) == []


async def test_what_cannot_be_decoded_is_refused(sandbox: Sandbox, clip: Clip, tmp_path: Path) -> None:
    source = clip("noise.mp4", PICTURE, "-f lavfi -i anoisesrc=duration=9", "-t 9 -c:v libx264 -c:a aac -b:a 128k")
    content = bytearray(source.read_bytes())
    media = content.index(b"mdat") + 4
    content[media + 2000 :] = content[media + 2000 :].replace(b"\x21", b"\xff")
    end = content.index(b"moov") if content.index(b"moov") > media else len(content)
    content[media + 20_000 : end] = bytes([0xFF]) * (end - media - 20_000)
    damaged = tmp_path / "damaged.mp4"
    metadata = await probe(sandbox, source)
    damaged.write_bytes(content)
    with pytest.raises(NotMedia, match=r"sound .*cannot be decoded"):
        [piece async for piece in sound(sandbox, damaged, metadata)]


async def test_memory_and_time_are_bounded(clip: Clip) -> None:
    """Nobody reads it to its end, and the child is gone all the same."""
    sandbox = Sandbox(Limits(stall=20.0, wall=60.0))
    path = clip("hour.mkv", PICTURE, "-f lavfi -i anullsrc=r=8000:cl=mono -t 200 -c:v libx264 -c:a pcm_s16le")
    pieces = sound(sandbox, path, await probe(sandbox, path))
    first = await anext(pieces)
    assert first.channels.shape == (1, PIECE_SECONDS * RATE)
    await pieces.aclose()


def cut(*blocks: tuple[float, Samples]) -> list[Piece]:
    cutter = Cutter()
    return [piece for block in blocks for piece in cutter.take(*block)] + list(cutter.finish())


def ramp(begin: int, end: int) -> Samples:
    """Samples from second to second, of which each tells when it is."""
    return (np.arange(begin * RATE, end * RATE) // RATE).astype(np.int16)[np.newaxis]


def test_pieces_overlap_and_together_are_the_whole() -> None:
    pieces = cut(*[(second, ramp(second, second + 1)) for second in range(70)])
    step = PIECE_SECONDS - OVERLAP_SECONDS
    assert [piece.time for piece in pieces] == [0, step, 2 * step]
    assert [piece.channels.shape[1] / RATE for piece in pieces] == [PIECE_SECONDS, PIECE_SECONDS, 70 - 2 * step]
    assert [piece.fresh / RATE for piece in pieces] == [0, OVERLAP_SECONDS, OVERLAP_SECONDS]
    fresh = np.concatenate([piece.channels[:, piece.fresh :] for piece in pieces], axis=1)
    assert np.array_equal(fresh, ramp(0, 70))


def test_nothing_is_said_twice_where_a_piece_ends_with_the_sound() -> None:
    assert [piece.time for piece in cut((0.0, ramp(0, PIECE_SECONDS)))] == [0]


def test_gaps_become_silence_or_end_a_piece() -> None:
    (piece,) = cut((0.0, ramp(1, 2)), (3.0, ramp(3, 4)))
    assert piece.channels[0, 2 * RATE] == 0 and piece.channels[0, 3 * RATE] == 3
    first, second = cut((0.0, ramp(0, 1)), (9000.0, ramp(1, 2)))
    assert (first.time, second.time) == (0, 9000) and second.channels.shape[1] == RATE


def test_a_time_that_lies_hides_nothing() -> None:
    (piece,) = cut((5.0, ramp(1, 2)), (0.0, ramp(2, 3)))
    assert piece.channels.shape[1] == 2 * RATE


def test_channels_may_change() -> None:
    mono, stereo = cut((0.0, ramp(0, 1)), (1.0, np.repeat(ramp(1, 2), 2, axis=0)))
    assert (mono.channels.shape[0], stereo.channels.shape[0], stereo.time) == (1, 2, 1.0)


async def test_a_child_that_talks_nonsense_is_not_believed(
    sandbox: Sandbox, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(_: str, name: str, demuxer: str, __: str) -> list[str]:
        return python_tool("minivod.media.child_frames", name, demuxer, "99999999", "64", "1.0")

    monkeypatch.setattr(module, "python_tool", other)
    with pytest.raises(StepFailed, match=r"makes no sense|cut off"):
        await collect(sandbox, clip("plain.mp4"))
