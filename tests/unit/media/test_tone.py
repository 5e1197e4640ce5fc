"""HDR10 pictures look as they were meant to, and nothing bright or dark in them is lost."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from minivod.media.frames import frames
from minivod.media.probe import probe
from minivod.media.sandbox import Sandbox
from minivod.media.tone import to_hdr, to_sdr

Clip = Callable[..., Path]


def picture(*colours: tuple[int, int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.array([colours], np.uint8)


def test_greys_stay_grey_and_in_order() -> None:
    greys = to_sdr(picture(*((level, level, level) for level in range(256))))[0].astype(int)
    assert (greys.max(axis=-1) - greys.min(axis=-1)).max() <= 1
    steps = np.diff(greys[:, 1])
    assert steps.min() >= 0
    assert (greys[0, 1], greys[-1, 1]) == (0, 255)
    # A text that is ten steps brighter or darker than its ground can be seen, unless it is almost black.
    assert (greys[60:, 1] - greys[50:-10, 1]).min() >= 4


def test_paper_white_is_bright() -> None:
    """203 cd/m² have the PQ code 0.58."""
    white = to_sdr(picture((148, 148, 148)))[0, 0, 1]
    assert white == pytest.approx(0.8 * 255, abs=3)


@pytest.mark.parametrize(("kind", "white"), [("hdr10", 0.5807), ("hlg", 0.75)])
def test_what_is_put_onto_hdr(kind: str, white: float) -> None:
    """Paper white has the signals of ITU-R BT.2408; BT.709's red is no pure colour in BT.2020."""
    levels = to_hdr(picture(*((level, level, level) for level in range(256))), kind)[0].astype(int)
    assert levels[255].tolist() == [round(white * 255)] * 3
    assert levels[0].max() <= 1
    assert (np.diff(levels[:, 0]) >= 0).all()
    red = to_hdr(picture((255, 0, 0)), kind)[0, 0].astype(int)
    assert red[0] > red[1] > red[2] > 0


def test_a_picture_on_hdr10_and_back_is_nearly_the_same() -> None:
    colours = picture((200, 30, 60), (10, 120, 250), (128, 128, 128))
    back = to_sdr(to_hdr(colours, "hdr10")).astype(int)
    assert np.abs(back - colours * 0.8).max() <= 14


def test_saturated_colours_stay_saturated() -> None:
    """BT.709's red at 100 cd/m² in BT.2020 with PQ is (0.46, 0.27, 0.14)."""
    red = to_sdr(picture((117, 69, 36)))[0, 0].astype(int)
    assert red[0] > 120 and red[1] < 40 and red[2] < 40


@pytest.mark.parametrize(("transfer", "turned"), [(16, True), (18, False), (1, False)])
async def test_review_sees_them_so(sandbox: Sandbox, clip: Clip, transfer: int, turned: bool) -> None:
    coder = "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10 -tag:v hvc1 -x265-params"
    colours = f"colorprim=9:transfer={transfer}:colormatrix=9:log-level=none"
    path = clip(f"grey{transfer}.mp4", f"-f lavfi -i color=0x949494:size=64x64 -t 1 {coder} {colours}")
    seen = [frame async for frame in frames(sandbox, path, await probe(sandbox, path), 1.0)]
    grey = float(np.mean([frame.image.mean() for frame in seen]))
    assert grey == pytest.approx(200 if turned else 148, abs=12)
