"""Letters that look like Latin ones become these, in the case in which they are seen."""

import pytest

from minivod.review.normalise import normalise


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ΝΗΡΧΥ", "nhpxy"),  # Greek capitals
        ("ραβχο", "pabxo"),
        ("ВНРСХ", "bhpcx"),  # Cyrillic capitals
        ("РОRN", "porn"),
        ("օհս", "ohu"),  # Armenian
        ("ꓑꓳꓣꓠ", "porn"),  # Lisu
        ("ᴘᴏʀɴ", "porn"),
        ("ℙ𝕠ʳⓝ", "porn"),
        ("⻩⾊", "黄色"),  # radicals
        ("躶聊", "裸聊"),
        ("約砲婬穢鎗支", "约炮淫秽枪支"),
        ("ß", "ss"),
        ("שלום", "שלום"),
        ("日本語一口二", "日本语一口二"),
    ],
)
def test_letters(text: str, plain: str) -> None:
    assert normalise(text) == plain
    assert normalise(plain) == plain
