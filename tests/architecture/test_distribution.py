"""The lists of tests that are given out together, or first, name the files that there are."""

import re
from pathlib import Path

import pytest

from ..distribution import LONGEST_FIRST, SHARED_SERVER

ROOT = Path(__file__).parents[2]
USES_IT = re.compile(r"^(?:@pytest\.fixture\ndef |def test_)\w+\([^)]*\bserver: LocalServer", re.MULTILINE)


@pytest.mark.parametrize("file", LONGEST_FIRST)
def test_a_file_that_is_named_exists(file: str) -> None:
    assert (ROOT / file).is_file()


def test_all_users_of_the_shared_server_are_named() -> None:
    """One that is not would start a server of its own in another process."""
    files = (ROOT / "tests" / "e2e").glob("test_*.py")
    users = {file.stem.removeprefix("test_") for file in files if USES_IT.search(file.read_text(encoding="utf-8"))}
    assert users == set(SHARED_SERVER)
