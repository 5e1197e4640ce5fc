"""Lines that roll are remembered; lines that differ in a stroke, or in what is faint, never pass for each other."""

import io
from functools import cache

import cv2
import numpy as np
import pytest
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from minivod.review import line_memory
from minivod.review.line_memory import MARGIN, Bounds, LineMemory
from minivod.review.lines import Box
from minivod.review.model import Image
from minivod.review.similar import NearDuplicates

from .conftest import FONT

READ = ("read", 0.95)
PAIRS = [*zip("未士日己人大王千天免性拔治", "末土曰已入太玉干夭兔牲拨冶", strict=True)]
WORDS = [
    ("porn", "pom"),
    ("free sex", "free sox"),
    ("anal", "anai"),
    ("sex.", "sex,"),
    ("FREE", "FREF"),
    ("hot", "bot"),
]


@cache
def of_size(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)


@cache
def line(
    text: str, size: int, at: tuple[float, float] = (40, 40), ground: int = 40, colour: int = 240
) -> tuple[Image, Bounds]:
    """A line of text drawn at twice the size and scaled down, as video is, and the box around it."""
    picture = Picture.new("L", (520, 320), ground)
    font = of_size(2 * size)
    place = (round(2 * at[0]), round(2 * at[1]))
    draw = ImageDraw.Draw(picture)
    draw.text(place, text, font=font, fill=colour)
    left, top, right, bottom = draw.textbbox(place, text, font=font)
    small = np.asarray(picture.resize((260, 160), Picture.Resampling.BICUBIC))
    box = (int(left / 2) - 2, int(top / 2) - 2, int(right / 2) + 3, int(bottom / 2) + 3)
    return np.repeat(small[:, :, np.newaxis], 3, axis=2), box


def encoded(image: Image, quality: int = 90) -> Image:
    """As a codec leaves it."""
    file = io.BytesIO()
    Picture.fromarray(image).save(file, "JPEG", quality=quality, subsampling=0)
    return np.asarray(Picture.open(file))


def recalled(known: tuple[Image, Bounds], seen: tuple[Image, Bounds]) -> bool:
    memory = LineMemory()
    memory.keep(*known, READ)
    return memory.recall(*seen) is not None


@pytest.mark.parametrize("at", [(40, 40), (40, 90), (43, 61), (12, 20), (40, 90.5)])
def test_a_line_that_moved_is_known(at: tuple[float, float]) -> None:
    assert recalled(line("Directed by nobody", 17), line("Directed by nobody", 17, at))


@pytest.mark.parametrize("shift", [(-3, 2, 1, -2), (4, 0, 4, 0), (0, -4, 0, -4)])
def test_the_box_may_lie_a_little_elsewhere(shift: Bounds) -> None:
    image, (left, top, right, bottom) = line("Directed by nobody", 17, (40, 90))
    box = (left + shift[0], top + shift[1], right + shift[2], bottom + shift[3])
    assert recalled(line("Directed by nobody", 17), (image, box))


def test_what_was_hardly_read_is_read_again_elsewhere() -> None:
    memory, doubtful = LineMemory(), ("rd", 0.6)
    memory.keep(*line("Directed by nobody", 17), doubtful)
    assert memory.recall(*line("Directed by nobody", 17)) == doubtful
    moved = line("Directed by nobody", 17, (40, 90))
    assert memory.recall(*moved) is None
    memory.keep(*moved, READ)
    assert memory.recall(*line("Directed by nobody", 17, (40, 70))) == READ


def test_noise_of_encoding_is_no_change() -> None:
    image, box = line("Directed by nobody", 17)
    moved, there = line("Directed by nobody", 17, (40, 91))
    assert recalled((encoded(image), box), (encoded(moved), there))


@pytest.mark.parametrize("size", [9, 10, 12, 17])
@pytest.mark.parametrize("texts", [*((f"看{a}片", f"看{b}片") for a, b in PAIRS), *WORDS])
def test_lines_that_differ_in_a_stroke_are_two(texts: tuple[str, str], size: int) -> None:
    first, second = texts
    for at in ((40, 40), (40, 70.5)):
        assert not recalled(line(first, size), line(second, size, at))
        assert not recalled(line(second, size), line(first, size, at))


@pytest.mark.parametrize("size", [12, 17])
@pytest.mark.parametrize("texts", [("porn", "pom"), ("看未片", "看末片"), ("看天片", "看夭片"), ("sex", "sox")])
def test_so_are_they_when_they_are_faint(texts: tuple[str, str], size: int) -> None:
    first, second = (line(text, size, ground=100, colour=160) for text in texts)
    assert not recalled(first, second)
    assert not recalled(second, first)


@pytest.mark.parametrize("contrast", [16, 40, 150])
def test_a_faint_word_in_the_gap_of_a_known_line_is_seen(contrast: int) -> None:
    known, box = line("free            offer", 17)
    seen = Picture.fromarray(known)
    ink = (40 + contrast,) * 3
    ImageDraw.Draw(seen).text((86, 42), "sex", font=of_size(17), fill=ink)
    assert not recalled((known, box), (np.asarray(seen), box))


def test_a_rough_ground_hides_no_change() -> None:
    rough = np.where(np.indices((160, 260)).sum(axis=0) % 2, 90, -90)[:, :, np.newaxis]

    def drawn(text: str) -> tuple[Image, Bounds]:
        image, _ = line(text, 24, ground=110, colour=142)
        return (image + rough).clip(0, 255).astype(np.uint8), (38, 40, 140, 76)

    assert recalled(drawn("sex"), drawn("sex"))
    assert not recalled(drawn("fun"), drawn("sex"))


def test_colours_of_equal_brightness_are_told_apart() -> None:
    def drawn(text: str) -> tuple[Image, Bounds]:
        ink = line(text, 20)[0][:, :, :1] > 140
        return np.where(ink, np.array((0, 0, 196), np.uint8), np.array((0, 100, 0), np.uint8)), (38, 40, 140, 70)

    assert not recalled(drawn("porn"), drawn("pom"))


def test_memory_is_bounded_and_keeps_what_was_seen_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_memory, "REMEMBERED_BYTES", 200_000)
    memory = LineMemory()
    lines = [line(f"line number {number}", 17) for number in range(40)]
    for one in lines:
        memory.keep(*one, READ)
        assert memory.recall(*lines[0]) == READ
    assert memory._bytes <= 200_000
    assert memory.recall(*lines[5]) is None
    assert memory.recall(*lines[-1]) == READ


def test_what_fits_into_no_memory_is_not_kept() -> None:
    memory = LineMemory()
    memory.keep(np.zeros((1920, 1920, 3), np.uint8), (0, 0, 1920, 1920), READ)
    assert memory._bytes <= line_memory.REMEMBERED_BYTES
    memory.keep(*line("text", 17), READ)
    assert memory.recall(*line("text", 17)) == READ


@pytest.mark.parametrize("size", [9, 12])
@pytest.mark.parametrize("texts", [("porn", "pom"), ("看未片", "看末片"), ("看天片", "看夭片")])
def test_a_frame_whose_text_changes_by_a_stroke_is_no_duplicate(texts: tuple[str, str], size: int) -> None:
    similar = NearDuplicates()
    similar.is_duplicate(line(texts[0], size)[0])
    assert not similar.is_duplicate(line(texts[1], size)[0])


@pytest.mark.parametrize("size", [14, 17, 24])
@pytest.mark.parametrize("quality", [75, 85])
def test_what_a_codec_does_to_large_characters_is_no_change(size: int, quality: int) -> None:
    image, box = line("Directed by nobody", size)
    moved, there = line("Directed by nobody", size, (40, 90.5))
    assert recalled((encoded(image, quality), box), (encoded(moved, quality), there))


@pytest.mark.parametrize("size", [14, 17, 24])
@pytest.mark.parametrize("texts", [*((f"看{a}片", f"看{b}片") for a, b in PAIRS), *WORDS])
def test_large_lines_that_differ_in_a_stroke_are_two(texts: tuple[str, str], size: int) -> None:
    for ink in ((40, 240), (100, 160)):
        first, second = (line(text, size, (40, y), *ink) for text, y in zip(texts, (40, 70.5), strict=True))
        one, two = ((encoded(image, 75), box) for image, box in (first, second))
        assert not recalled(one, two)
        assert not recalled(two, one)


@pytest.mark.parametrize("size", [9, 12, 17, 24])
def test_a_stroke_that_is_longer_by_two_pixels_is_seen(size: int) -> None:
    known, (left, top, right, bottom) = line("ill", size)
    ink = np.argwhere(known[:, :, 0] > 180)
    foot, right_end = int(ink[:, 0].max()), int(ink[:, 1].max())
    longer = known.copy()
    longer[foot + 1 : foot + 3, right_end - 1 : right_end + 1] = 240
    assert not recalled((known, (left, top, right, bottom)), (longer, (left, top, right, bottom + 2)))


@pytest.mark.parametrize("size", [12, 17, 24])
@pytest.mark.parametrize("levels", [50, -40, 120])
def test_a_faint_stroke_between_two_letters_is_seen(size: int, levels: int) -> None:
    known, box = line("n n", size, ground=60)
    columns = np.flatnonzero((known[:, :, 0] > 90).any(axis=0))
    gap = int(np.argmax(np.diff(columns)))
    middle = int(columns[gap] + columns[gap + 1]) // 2
    rows = np.flatnonzero((known[:, :, 0] > 90).any(axis=1))
    seen = known.copy()
    seen[rows[0] : rows[-1] + 1, middle - 1 : middle + 1] = 60 + levels
    assert not recalled((known, box), (seen, box))
    assert not recalled((seen, box), (known, box))


@pytest.mark.parametrize("texts", [("porn", "pom"), ("看未片", "看末片"), ("看天片", "看夭片")])
def test_small_characters_in_a_line_with_a_large_one_are_compared_as_small_ones(texts: tuple[str, str]) -> None:
    def mixed(text: str) -> tuple[Image, Bounds]:
        image, _ = line(text, 9, (120, 60))
        tall, _ = line("大", 24, (40, 46))
        return np.maximum(image, tall), (38, 46, 160, 80)

    assert not recalled(mixed(texts[0]), mixed(texts[1]))
    assert not recalled(mixed(texts[1]), mixed(texts[0]))


@pytest.mark.parametrize("contrast", [22, 40])
def test_nor_does_it_hide_large_faint_characters(contrast: int) -> None:
    rough = np.where(np.indices((160, 260)).sum(axis=0) % 2, 90, -90)[:, :, np.newaxis]

    def drawn(text: str) -> tuple[Image, Bounds]:
        image, _ = line(text, 30, ground=110, colour=110 + contrast)
        return (image + rough).clip(0, 255).astype(np.uint8), (38, 40, 150, 84)

    assert not recalled(drawn("天"), drawn("夭"))
    assert not recalled(drawn("hot"), drawn("bot"))


HALF = [(40, 90.5), (40.5, 90), (40.5, 90.5)]


@pytest.mark.parametrize("at", HALF)
@pytest.mark.parametrize(
    ("text", "ink"), [("Directed by nobody", (0, 255)), ("Directed by nobody", (255, 0)), ("国语繁體", (40, 240))]
)
def test_a_line_of_much_contrast_that_moved_by_half_a_pixel_is_known(
    text: str, ink: tuple[int, int], at: tuple[float, float]
) -> None:
    for size in (20, 24):
        assert recalled(line(text, size, (40, 40), *ink), line(text, size, at, *ink))


@pytest.mark.parametrize("size", [9, 12, 17, 24])
@pytest.mark.parametrize("texts", [*((f"看{a}片", f"看{b}片") for a, b in PAIRS), *WORDS])
def test_lines_of_most_contrast_that_differ_in_a_stroke_are_two_half_a_pixel_further(
    texts: tuple[str, str], size: int
) -> None:
    for at in HALF:
        first, second = (line(text, size, there, 0, 255) for text, there in zip(texts, ((40, 40), at), strict=True))
        assert not recalled(first, second)
        assert not recalled(second, first)


@pytest.mark.parametrize("at", HALF)
@pytest.mark.parametrize("colour", [(70, 70, 70), (255, 0, 0), (0, 0, 255)])
def test_what_is_drawn_beside_letters_that_moved_by_half_a_pixel_is_seen(
    colour: tuple[int, int, int], at: tuple[float, float]
) -> None:
    known = line("no corn, sir", 20, (40, 40), 0, 255)
    moved, (left, top, right, bottom) = line("no corn, sir", 20, at, 0, 255)
    assert recalled(known, (moved, (left, top, right, bottom)))
    letters = moved[top:bottom, left:right].max(axis=(0, 2)) > 40
    gap = left + int(np.argmax(np.convolve(~letters[4:-4], np.ones(3), "same"))) + 4  # within a gap between words
    for columns, rows in (
        (slice(gap, gap + 2), slice(top + 6, bottom - 8)),
        (slice(gap - 1, gap + 2), slice(top + 8, top + 10)),
    ):
        seen = moved.copy()
        seen[rows, columns] = colour
        assert not recalled(known, (seen, (left, top, right, bottom)))


def test_a_line_moves_by_parts_of_a_pixel_as_an_exact_shift_would_move_it() -> None:
    image, _ = line("Directed by nobody", 17)
    for right, down in ((0.5, 0.0), (0.3, -0.4), (-0.25, 0.1)):
        shift = np.array([[1, 0, right], [0, 1, down]], np.float32)
        exact = np.zeros_like(image)
        cv2.warpAffine(image, shift, (260, 160), exact, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
        assert (
            int(cv2.absdiff(exact[MARGIN:-MARGIN, MARGIN:-MARGIN], line_memory._moved(image, right, down)).max()) <= 3
        )


def test_a_line_is_known_with_its_pieces_where_they_are_now() -> None:
    memory, (image, box) = LineMemory(), line("Directed by nobody", 17)
    pieces = [Box(38, 40, 110, 60, "Directed by", 0.98), Box(110, 40, 190, 60, "nobody", 0.95)]
    memory.keep(image, box, ("Directed by nobody", 0.95), pieces)
    moved, there = line("Directed by nobody", 17, (40, 90))
    assert memory.recall_pieces(moved, there) == [
        piece._replace(top=piece.top + 50, bottom=piece.bottom + 50) for piece in pieces
    ]
    assert memory.recall(moved, there) == ("Directed by nobody", 0.95)
    assert memory.recall_pieces(*line("Directed by noboby", 17)) is None
    memory.keep(*line("One piece", 17), READ)
    assert memory.recall_pieces(*line("One piece", 17)) == [Box(*line("One piece", 17)[1], *READ)]
