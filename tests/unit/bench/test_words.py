"""The built-in lists on lines of both sides: how many are judged rightly (docs/review.md has the table)."""

import pytest

from bench.words import LINES, Kind, all_kinds, padded, run
from minivod.review import words

LEAST = {"forbidden": 0.97, "harmless": 0.95}
"""A little below what docs/review.md says; each part must reach it for itself."""
LINES_A_SIDE = 200


@pytest.fixture(scope="module")
def kinds() -> list[Kind]:
    return all_kinds()


@pytest.mark.parametrize("held_out", [False, True], ids=["tuned", "held out"])
@pytest.mark.parametrize("side", ["forbidden", "harmless"])
def test_lines_are_judged_rightly(kinds: list[Kind], side: str, held_out: bool) -> None:
    part = [kind for kind in kinds if kind.side == side and kind.held_out is held_out]
    wrong = [line for kind in part for line in kind.wrong]
    assert len(wrong) <= (1 - LEAST[side]) * sum(kind.lines for kind in part), wrong


@pytest.mark.parametrize("side", ["forbidden", "harmless"])
def test_there_are_enough_lines_and_none_is_there_twice(side: str) -> None:
    lines = [line for path in (LINES / side).glob("*.txt") for line in path.read_text("utf-8").splitlines()]
    assert len(lines) >= LINES_A_SIDE
    assert len(set(lines)) == len(lines)


def test_harmless_neighbours_hide_few_phrases() -> None:
    found, tried, hidden = padded(words.load().matcher(), every=4)
    assert tried > 10_000
    assert found >= 0.97 * tried, hidden


def test_the_guide_has_the_table_as_it_is() -> None:
    table = [row for row in run(quick=True).markdown().splitlines() if row.startswith("| ")]
    assert len(table) == 2 + len(list(LINES.glob("*/*.txt"))) + 2
    guide = (LINES.parents[2] / "docs" / "review.md").read_text("utf-8")
    assert "\n".join(table) in guide, "paste what `python -m bench f` prints"
