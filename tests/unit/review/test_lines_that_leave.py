"""A line that rolls out of the frame is known by what is left of it, once; what differs in what is left is not."""

import numpy as np
import pytest

from minivod.review.line_memory import Bounds, LineMemory
from minivod.review.lines import Box
from minivod.review.model import Image

from .test_line_memory import PAIRS, READ, WORDS, encoded, line

SIDES = ["above", "below"]


def cut(seen: tuple[Image, Bounds], side: str, missing: int) -> tuple[Image, Bounds]:
    """The frame so that its edge cuts so many pixels off the box."""
    image, (left, top, right, bottom) = seen
    if side == "above":
        return image[top + missing :], (left, 0, right, bottom - top - missing)
    return image[: bottom - missing], (left, top, right, bottom - missing)


def remembering(*known: tuple[Image, Bounds]) -> LineMemory:
    memory = LineMemory()
    for one in known:
        memory.keep(*one, READ)
    return memory


@pytest.mark.parametrize("at", [(40, 61), (43, 70), (40, 61.5)])
@pytest.mark.parametrize("missing", [4, 7, 9])
@pytest.mark.parametrize("side", SIDES)
def test_what_is_left_of_a_line_is_known(side: str, missing: int, at: tuple[float, float]) -> None:
    memory = remembering(line("Directed by nobody", 17))
    seen, there = cut(line("Directed by nobody", 17, at), side, missing)
    assert memory.recall_pieces(seen, there) == [Box(*there, *READ)]


@pytest.mark.parametrize("side", SIDES)
def test_noise_of_encoding_is_no_change(side: str) -> None:
    image, box = line("Directed by nobody", 17)
    seen, there = cut(line("Directed by nobody", 17, (40, 61)), side, 5)
    assert remembering((encoded(image), box)).recall_pieces(encoded(seen), there) is not None


@pytest.mark.parametrize("side", SIDES)
def test_it_counts_once_after_the_whole_line_was_seen(side: str) -> None:
    whole = line("Directed by nobody", 17)
    memory, left = remembering(whole), cut(whole, side, 5)
    assert memory.recall_pieces(*left) is not None
    assert memory.recall_pieces(*left) is None
    assert memory.recall_pieces(*cut(whole, side, 7)) is None
    assert memory.recall(*whole) == READ
    assert memory.recall_pieces(*left) is not None


@pytest.mark.parametrize("side", SIDES)
def test_half_of_the_line_has_to_be_seen(side: str) -> None:
    whole = line("Directed by nobody", 17)
    height = whole[1][3] - whole[1][1]
    assert remembering(whole).recall_pieces(*cut(whole, side, height // 2 + 2)) is None


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("text", ["Directed by nobodv", "Watch free porn now", "Directed"])
def test_a_cut_line_with_another_text_is_another(side: str, text: str) -> None:
    memory = remembering(line("Directed by nobody", 17))
    image, box = line(text, 17)
    same_width = (box[0], *box[1:2], line("Directed by nobody", 17)[1][2], box[3])
    cut_off = 5 if side == "above" or text != "Directed by nobodv" else 1  # v and y differ below only
    for bounds in (box, same_width):
        assert memory.recall_pieces(*cut((image, bounds), side, cut_off)) is None


def still_differ(first: tuple[Image, Bounds], second: tuple[Image, Bounds], side: str, missing: int) -> bool:
    """Whether a viewer can tell them apart by what is seen of them: by more than the rim of a stroke."""
    _, top, _, bottom = second[1]
    rows = slice(top + missing, bottom) if side == "above" else slice(top, bottom - missing)
    apart = np.abs(first[0][rows].astype(int) - second[0][rows])
    rim = slice(3, None) if side == "above" else slice(None, -3)
    return bool(apart[rim].max() > 120)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("size", [12, 17, 24])
def test_lines_that_differ_in_a_stroke_of_what_is_seen_are_two(size: int, side: str) -> None:
    tried = 0
    for one, other in [*((f"看{a}片", f"看{b}片") for a, b in PAIRS), *WORDS]:
        for texts in ((one, other), (other, one)):
            first, second = (line(text, size) for text in texts)
            missing = (second[1][3] - second[1][1]) // 4
            if still_differ(first, second, side, missing):
                tried += 1
                assert remembering(first).recall_pieces(*cut(second, side, missing)) is None, texts
                coded = encoded(second[0], 75), second[1]
                assert remembering(first).recall_pieces(*cut(coded, side, missing)) is None, texts
    assert tried >= 10


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("colour", [(70, 70, 70), (90, 40, 40), (255, 255, 255)])
def test_what_is_drawn_into_what_is_left_is_seen(side: str, colour: tuple[int, int, int]) -> None:
    known, box = line("no corn,      sir", 17)
    seen = known.copy()
    letters = known[box[1] : box[3], :, 0].max(axis=0) > 60
    gap = int(np.argmax(np.convolve(~letters[box[0] + 10 : box[2] - 10], np.ones(9), "same"))) + box[0] + 10
    seen[box[1] + 9 : box[3] - 9, gap - 1 : gap + 1] = colour
    assert remembering((known, box)).recall_pieces(*cut((known, box), side, 5)) is not None
    assert remembering((known, box)).recall_pieces(*cut((seen, box), side, 5)) is None


@pytest.mark.parametrize("side", SIDES)
def test_two_lines_on_top_of_each_other_are_not_one_of_them(side: str) -> None:
    one, (left, top, right, bottom) = line("Directed by nobody", 17)
    other, _ = line("Watch free porn now", 17, (40, 40))
    over = np.maximum(one, other)
    assert (
        remembering((one, (left, top, right, bottom))).recall_pieces(*cut((over, (left, top, right, bottom)), side, 5))
        is None
    )
    beneath, _ = line("free porn", 12, (40, 62 if side == "above" else 22))
    stacked = np.maximum(one, beneath)
    tall = (left, top, right, bottom + 14) if side == "above" else (left, top - 14, right, bottom)
    assert remembering((one, (left, top, right, bottom))).recall_pieces(*cut((stacked, tall), side, 5)) is None


@pytest.mark.parametrize("side", SIDES)
def test_neither_what_was_cut_nor_what_was_hardly_read_is_taken_for_a_whole_line(side: str) -> None:
    whole = line("Directed by nobody", 17)
    memory = LineMemory()
    memory.keep(*whole, ("rd", 0.6))
    assert memory.recall_pieces(*cut(whole, side, 6)) is None
    assert remembering(cut(whole, side, 2)).recall_pieces(*cut(whole, side, 9)) is None


@pytest.mark.parametrize("side", SIDES)
def test_pieces_are_where_they_were_whole(side: str) -> None:
    image, box = line("Directed by nobody", 17)
    memory, piece = LineMemory(), Box(40, 44, 110, 60, "Directed", 0.98)
    memory.keep(image, box, ("Directed by nobody", 0.95), [piece, piece])
    found = memory.recall_pieces(*cut((image, box), side, 5))
    down = box[1] + 5 if side == "above" else 0
    moved = piece._replace(top=piece.top - down, bottom=piece.bottom - down)
    assert found == [moved, moved]
