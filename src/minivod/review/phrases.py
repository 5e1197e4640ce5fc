"""An entry of a word list: what is to be found, how certain it is, and whether its surroundings decide."""

import re
from dataclasses import dataclass, field

from minivod.review.normalise import normalise, skeleton

EAST_ASIAN = (
    "\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
EAST_ASIAN_CHARACTER = re.compile(f"[{EAST_ASIAN}]")
MARKS = ("?", "=")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Phrase:
    """An entry of a word list.

    Attributes:
        category: of the finding it makes.
        text: as the list has it; `*` at an end lifts the word boundary there. `?` at the beginning makes it ambiguous,
            `=` certain, but both only where its surroundings allow it; without a mark it is certain everywhere.
        source: file and line, for people.
    """

    category: str
    text: str
    source: str = field(default="", compare=False)
    words: tuple[str, ...] = field(init=False)
    compact: str = field(init=False)
    plain: str = field(init=False)

    def __post_init__(self) -> None:
        plain = _WORD.findall(normalise(self.label))
        words = tuple(map(skeleton, plain))
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "compact", "".join(words))
        object.__setattr__(self, "plain", "".join(plain))

    @property
    def bare(self) -> str:
        """The text without its mark."""
        return self.text[1:] if self.weighed else self.text

    @property
    def label(self) -> str:
        """The phrase for people."""
        return self.bare.strip("* ")

    @property
    def ambiguous(self) -> bool:
        """Whether its words also stand together in harmless text: alone, it is only evidence for review."""
        return self.text.startswith("?")

    @property
    def weighed(self) -> bool:
        """Whether what stands around it decides if it is there at all."""
        return self.text.startswith(MARKS)

    @property
    def east_asian(self) -> bool:
        """Whether it is found anywhere in a text, not at word boundaries."""
        return EAST_ASIAN_CHARACTER.search(self.plain) is not None

    @property
    def boundaries(self) -> frozenset[int]:
        """Lengths of the phrase's beginnings that end with one of its words."""
        lengths = [sum(map(len, self.words[: count + 1])) for count in range(len(self.words))]
        return frozenset(lengths)
