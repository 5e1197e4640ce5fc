"""HDR10 pictures look as they were meant to, and nothing bright or dark in them is lost."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from minivod.media.frames import frames
from minivod.media.probe import probe
from minivod.media.sandbox import Sandbox
from minivod.media.tone import to_sdr

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
