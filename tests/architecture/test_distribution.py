"""The list of long tests names files that exist."""

from pathlib import Path

import pytest

from ..distribution import LONGEST_FIRST

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("file", LONGEST_FIRST)
def test_a_file_that_is_named_exists(file: str) -> None:
    assert (ROOT / file).is_file()
