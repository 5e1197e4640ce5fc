"""Word lists: the built-in ones and the operator's, one file per category, read and checked."""

import importlib.resources
import itertools
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from minivod.review.matching import Matcher
from minivod.review.phrases import MARKS, Phrase

CATEGORY_OF_LIST = {
    "Porn": "Porn.Ocr",
    "Terrorism": "Terrorism.Ocr",
    "Political": "Political.Ocr",
    "Abuse": "Abuse.Ocr",
    "Ad": "Ad.Ocr",
}
"""Name of a list file without `.txt` -> category of its findings. Abuse and Ad have no built-in list."""

MAX_LIST_BYTES = 16 * 1024**2
MAX_PHRASE = 100
MAX_ALTERNATIVES = 1000
_ALTERNATIVES = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")


class WordListError(ValueError):
    """A word list cannot be used; the message names file and line."""


class WordLists:
    """All phrases of this process.

    Attributes:
        phrases: to be found.
        exceptions: texts inside which a phrase does not count (lines that begin with `!`).
    """

    def __init__(self) -> None:
        self._phrases: dict[tuple[str, str], Phrase] = {}
        self.exceptions: list[Phrase] = []

    @property
    def phrases(self) -> list[Phrase]:
        """To be found: of two lists that have a phrase, the later one says how certain it is."""
        return list(self._phrases.values())

    @property
    def categories(self) -> frozenset[str]:
        """Categories that have at least one phrase."""
        return frozenset(phrase.category for phrase in self.phrases)

    def matcher(self) -> Matcher:
        """A matcher for all of them."""
        return Matcher(self.phrases, self.exceptions)

    def copy(self) -> "WordLists":
        """Lists of the same phrases; what is added to one is not in the other."""
        made = WordLists()
        made._phrases, made.exceptions = self._phrases.copy(), self.exceptions.copy()
        return made

    def add(self, name: str, text: str, where: str) -> None:
        """Takes the lines of a list.

        Args:
            name: a key of `CATEGORY_OF_LIST`.
            text: the content of the file.
            where: the file, for messages.

        Raises:
            WordListError: a line has no letter or digit, is too long, has too many alternatives or a mark that does
                not exist, or contradicts another line of this list.
        """
        added: dict[tuple[str, str], Phrase] = {}
        for number, line in _lines(text):
            at = f"{where}, line {number}"
            for written in _alternatives(line, at):
                phrase = _phrase(CATEGORY_OF_LIST[name], written, at)
                if written.startswith("!"):
                    self.exceptions.append(phrase)
                    continue
                key = (phrase.category, phrase.bare)
                other = added.setdefault(key, phrase)
                if (other.ambiguous, other.weighed) != (phrase.ambiguous, phrase.weighed):
                    raise WordListError(f"{at}: {phrase.text!r} contradicts {other.text!r} of {other.source}")
        self._phrases |= added


def _phrase(category: str, written: str, where: str) -> Phrase:
    entry = written.removeprefix("!").strip()
    if entry.startswith(MARKS):
        entry = entry[0] + entry[1:].lstrip()
    phrase = Phrase(category, entry, where)
    if phrase.bare.startswith(("!", *MARKS)) or (written.startswith("!") and entry.startswith("=")):
        raise WordListError(
            f"{where}: {written[:MAX_PHRASE]!r} begins with marks that make no sense together; there are ? = ! and !?"
        )
    if not phrase.compact or len(written) > MAX_PHRASE:
        raise WordListError(
            f"{where}: a phrase needs a letter or digit and at most {MAX_PHRASE} characters, "
            f"not {written[:MAX_PHRASE]!r}"
        )
    return phrase


def load(directory: Path | None = None) -> WordLists:
    """The built-in lists, and those in `directory` (setting `word_lists_dir`).

    Raises:
        WordListError: the directory cannot be read, a file's name is no category, or its content is wrong.
    """
    lists = _builtin().copy()
    if directory is not None:
        for path in _files(directory):
            lists.add(path.stem, _read(path), str(path))
    return lists


@cache
def _builtin() -> WordLists:
    """Read once: the detectors of text and of speech both begin with them."""
    lists = WordLists()
    for name in CATEGORY_OF_LIST:
        builtin = importlib.resources.files(__package__).joinpath("words", f"{name}.txt")
        if builtin.is_file():
            lists.add(name, builtin.read_text(encoding="utf-8"), f"built-in list {name}.txt")
    return lists


def _files(directory: Path) -> list[Path]:
    try:
        paths = sorted(path for path in directory.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise WordListError(
            f"the setting word_lists_dir names {directory}, which cannot be read: {error.strerror}"
        ) from None
    for path in paths:
        if path.suffix != ".txt" or path.stem not in CATEGORY_OF_LIST or not path.is_file():
            names = ", ".join(f"{name}.txt" for name in CATEGORY_OF_LIST)
            raise WordListError(f"{path} is no word list; lists are named {names}")
    return paths


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_LIST_BYTES + 1)
        if len(content) > MAX_LIST_BYTES:
            raise WordListError(f"{path} is larger than {MAX_LIST_BYTES >> 20} MiB")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise WordListError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise WordListError(f"{path}, line {line}: not UTF-8") from None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        phrase = line.strip()
        if phrase and not phrase.startswith("#"):
            yield number, phrase


def _alternatives(line: str, where: str) -> list[str]:
    """The phrases that a line stands for: `[free|live] sex` is two."""
    if "|" in _ALTERNATIVES.sub("", line):
        raise WordListError(
            f"{where}: | divides alternatives and stands between [ and ], unlike in {line[:MAX_PHRASE]!r}"
        )
    parts = _ALTERNATIVES.split(line)  # every second one was in brackets
    choices = [part.split("|") if number % 2 else [part] for number, part in enumerate(parts)]
    if math.prod(map(len, choices)) > MAX_ALTERNATIVES:
        raise WordListError(f"{where}: stands for more than {MAX_ALTERNATIVES} phrases, divide it")
    return ["".join(choice) for choice in itertools.product(*choices)]
