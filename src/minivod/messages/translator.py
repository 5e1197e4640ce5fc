"""Finds the template that a text was made by, and says the same in Chinese, with what is embedded in it."""

import re
from collections.abc import Iterator, Mapping, Sequence

from minivod.messages.template import VEIL, Place, Template, parse, veil

_DEPTH = 6
"""Sentences in sentences; deeper ones stay in English."""
_LONGEST_SENTENCE = 6
"""Pieces between semicolons and full stops that one sentence may have."""
_MOST = 200
"""Sentences or items of a list that are looked at; what has more is no message of ours."""
_BREAK = re.compile(r"; |\. ")
_CHINESE_BREAKS = {"; ": "；", ". ": "。"}
_JOINT = re.compile(r",? or |,? and |, ")
_CHINESE_JOINTS = {"or": " 或 ", "and": " 和 ", "": "、"}
_INSIDE = re.compile(r"\([^()]*\)")
_CUT = re.compile(r"(…['\"]?) \((\d+) characters\)\Z")
"""What stands behind a value of which only the beginning is told (`errors.shorten`, `secret_ids.shown`)."""


class Translator:
    """The table, by the first word of its templates."""

    def __init__(self, pairs: Mapping[str, str]) -> None:
        """Args: pairs: English sentence to Chinese sentence, as `template` describes them."""
        self._constants: dict[str, str] = {}
        by_word: dict[str, list[Template]] = {}
        anywhere: list[Template] = []
        for english, chinese in pairs.items():
            template = parse(english, chinese)
            word, blank, _ = template.literals[0].partition(" ")
            if not template.names:
                self._constants[english] = chinese
            elif blank:
                by_word.setdefault(word, []).append(template)
            else:
                anywhere.append(template)
        self._anywhere = _heaviest_first(anywhere)
        # One that begins as the text does is looked at before one that begins with a value, which could be that word.
        self._by_word = {word: [*_heaviest_first(own), *self._anywhere] for word, own in by_word.items()}

    def translate(self, text: str) -> str:
        """The text in Chinese, as far as the table knows it."""
        chinese = self._whole(text, 0)
        return self._several(text, 0)[0] if chinese is None else chinese

    def _whole(self, text: str, depth: int, *, inside: bool = False) -> str | None:
        """The text as one sentence of the table; `inside` one whose place for it must be filled by a known one."""
        constant = self._constants.get(text)
        if constant is not None or depth > _DEPTH or not text:
            return constant
        candidates = self._by_word.get(text.partition(" ")[0], self._anywhere)
        veiled = veil(text)
        for template in candidates:
            values = template.values(text, veiled)
            if values is not None and self._fits(template, values, depth, inside=inside):
                return _joined(self._said(template, values, depth))
        return None

    def _fits(self, template: Template, values: Mapping[str, str], depth: int, *, inside: bool) -> bool:
        """Whether what must be in the table is in it; such a sentence has no other one in it, for that could go on."""
        for place in template.chinese:
            if not isinstance(place, Place):
                continue
            if place.kind == "term" and values[place.name] not in self._constants:
                return False
            if place.kind == "known" and (inside or not self._known(values[place.name], depth + 1)):
                return False
        return True

    def _said(self, template: Template, values: Mapping[str, str], depth: int) -> Iterator[tuple[str, bool]]:
        """The parts of the sentence, and whether each is of the table."""
        for part in template.chinese:
            if not isinstance(part, Place):
                yield part, True
                continue
            value = values[part.name]
            if part.kind == "term":
                yield self._constants[value], True
            elif part.kind in ("text", "known"):
                yield self._text(value, depth + 1), True
            elif part.kind == "list":
                yield self._list(value, depth + 1)[0], True
            else:
                yield _CUT.sub(r"\1（共 \2 个字符）", value), False

    def _text(self, text: str, depth: int) -> str:
        """What stands in a place for sentences: several, if all of them are known, or one, or as much as is known."""
        several, known, unknown = self._several(text, depth)
        if known and not unknown:
            return several
        chinese = self._whole(text, depth)
        if chinese is not None:
            return chinese
        if known:
            return several
        listed, known = self._list(text, depth)
        return listed if known else text

    def _known(self, text: str, depth: int) -> bool:
        """Whether the text is of the table: one sentence, or several and nothing else."""
        _, known, unknown = self._several(text, depth)
        return bool(known and not unknown) or self._whole(text, depth, inside=True) is not None

    def _several(self, text: str, depth: int) -> tuple[str, int, int]:
        """The text as sentences between semicolons and full stops; how many of them are known, and how many are not.

        Each is the shortest that the table knows.
        """
        breaks = list(_BREAK.finditer(veil(text)))
        if not breaks or len(breaks) > _MOST or depth > _DEPTH:
            return text, 0, 1
        begins = [0, *(one.end() for one in breaks)]
        ends = [*(one.start() for one in breaks), len(text)]
        said: list[str] = []
        known = unknown = place = 0
        while place < len(begins):
            within = slice(place, place + _LONGEST_SENTENCE)
            size, chinese = self._shortest(text, begins[within], ends[within], depth)
            known += chinese is not None
            unknown += chinese is None
            said.append(text[begins[place] : ends[place]] if chinese is None else chinese)
            place += size
            if place < len(begins):
                said.append(_CHINESE_BREAKS[breaks[place - 1][0]])
        return "".join(said) if known else text, known, unknown

    def _shortest(self, text: str, begins: Sequence[int], ends: Sequence[int], depth: int) -> tuple[int, str | None]:
        """How many pieces the next sentence has, and that in Chinese; None: it is not known."""
        for size in range(1, len(begins) + 1):
            chinese = self._whole(text[begins[0] : ends[size - 1]], depth)
            if chinese is not None:
                return size, chinese
        return 1, None

    def _list(self, text: str, depth: int) -> tuple[str, bool]:
        """A choice or an enumeration, and whether the table knows any of its items."""
        hidden = _INSIDE.sub(lambda match: VEIL * len(match[0]), veil(text))
        said: list[tuple[str, bool]] = []
        begin, known = 0, False
        joints = list(_JOINT.finditer(hidden))
        for joint in (*joints, None):
            item = text[begin : joint.start() if joint else None]
            chinese = self._whole(item, depth) if len(joints) <= _MOST else None
            known = known or chinese is not None
            said.append((item if chinese is None else chinese, chinese is not None))
            if joint:
                said.append((_CHINESE_JOINTS[joint[0].strip(" ,")], True))
                begin = joint.end()
        return _joined(said), known


def _joined(parts: "Iterator[tuple[str, bool]] | list[tuple[str, bool]]") -> str:
    """The parts as one text; blanks that divide Chinese from Latin stand there only, and values keep theirs."""
    text = ""
    ours = False
    for part, is_ours in parts:
        if not part:
            continue
        if ours and is_ours and text:
            if text[-1] == " " and _is_chinese(text[-2:-1]) and _is_chinese(part[0]):
                text = text[:-1]
            elif part[0] == " " and _is_chinese(text[-1]) and _is_chinese(part[1:2]):
                part = part[1:]  # noqa: PLW2901 - the same part, without its blank
        text += part
        ours = is_ours
    return text


def _is_chinese(char: str) -> bool:
    return char > "\u2e7f"


def _heaviest_first(templates: Sequence[Template]) -> list[Template]:
    return sorted(templates, key=lambda template: template.weight, reverse=True)
