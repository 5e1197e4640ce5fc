"""What addresses of published files look like."""

import pytest

from minivod.playback.files import is_app_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1300000001", True), ("1", True), ("9" * 18, True), ("9" * 19, False), ("", False), ("0", False),
        ("01300000001", False), ("+1", False), ("-1", False), ("1e9", False), ("١", False), ("²", False), ("1 ", False),
    ],
)  # fmt: skip
def test_app_ids(text: str, expected: bool) -> None:
    assert is_app_id(text) is expected
