"""Words beside an ambiguous phrase that tell what it means: lists in `words/near`."""

import importlib.resources
import re
from functools import cache

from minivod.review import segments
from minivod.review.normalise import normalise, skeleton

_EVERY_CATEGORY = "News"
_RUN_ALONG = ("now", "online", "best", "top", "com", "net", "www")
"""Stand with words that offer something where all are run together."""


class Company:
    """A list of words: Chinese ones are found anywhere, others as whole words.

    A word that begins with `-` counts only right behind the phrase, as 线 in 黄色视频线. A single character must be a
    word there: 线 is none in 黄色视频线路.
    """

    def __init__(self, words: list[str]) -> None:
        self._heads = {word.removeprefix("-") for word in words if word.startswith("-")}
        self._long_heads = tuple(head for head in self._heads if len(head) > 1)
        latin = [re.escape(word) for word in words if word.isascii() and not word.startswith("-")]
        others = [re.escape(word) for word in words if not word.isascii() and not word.startswith("-")]
        whole_words = [rf"(?<![a-z0-9])(?:{'|'.join(latin)})(?![a-z0-9])"] if latin else []
        self._pattern = re.compile("|".join([*others, *whole_words]))

    def found(self, text: str) -> bool:
        """Whether one of the words is in the text."""
        return self._pattern.search(text) is not None

    def begins(self, text: str) -> bool:
        """Whether the text begins with one of the words."""
        return self._pattern.match(text) is not None

    def explains(self, before: str, after: str) -> bool:
        """Whether what stands before or behind a phrase gives it another meaning."""
        if self.found(before) or self.found(after):
            return True
        return bool(after) and (after.startswith(self._long_heads) or segments.reading(after)[0] in self._heads)


@cache
def offers() -> Company:
    """Words that make a phrase certain."""
    return Company(_words("Offers"))


@cache
def explicit() -> Company:
    """Words that no harmless text has as a label beside others."""
    return Company(_words("Explicit"))


def offering(letters: str) -> bool:
    """Whether the skeleton of letters is nothing but words that offer something, run together: "watchfree"."""
    return _run_together().fullmatch(letters) is not None


@cache
def _run_together() -> re.Pattern[str]:
    words = [skeleton(word) for word in (*_words("Offers"), *_RUN_ALONG) if word.isascii() and word.isalpha()]
    return re.compile(f"(?:{'|'.join(map(re.escape, words))})*")


@cache
def of(category: str) -> Company:
    """Words beside which a phrase of this category (`Porn.Ocr`) has another meaning."""
    return Company([*_words(_EVERY_CATEGORY), *_words(category.partition(".")[0])])


def _words(name: str) -> list[str]:
    file = importlib.resources.files(__package__).joinpath("words", "near", f"{name}.txt")
    if not file.is_file():  # Abuse and Ad have no built-in list
        return []
    lines = (line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return [normalise(word) for line in lines for word in line.split()]
