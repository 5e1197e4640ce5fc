"""What browsers send as Accept-Language."""

import pytest

from minivod.messages.accepted import language_of


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("fr;q=0.9, zh-TW, en", "zh-CN"),
        ("en;q=0.2, zh-Hant-HK;q=0.7", "zh-CN"),
        ("zh;q=0, en;q=0.1", "en-US"),
        ("EN;Q=1", "en-US"),
        ("zh;q=high, en-GB", "en-US"),
        ("", ""),
        ("*", ""),
        ("de-DE,fr", ""),
        ("zhx, english", ""),
        (",;=,;q=", ""),
        ("fr," * 20 + "zh", ""),
    ],
)
def test_languages(header: str, language: str) -> None:
    assert language_of(header) == language
