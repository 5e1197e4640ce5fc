"""A template: an English sentence with places for values, and the same in Chinese; how a text is found to be one.

Places of the English sentence are `{name}`. The Chinese one has the same names, each once, and says what they hold:

    {name}          anything, handed on as it is
    {name:word}     one word, such as the path of a parameter; with blanks the template does not fit
    {name:number}   a number, or the template does not fit
    {name:url}      a URL of http or https, or the template does not fit
    {name:quoted}   a text of a caller, in quotes, or the template does not fit
    {name:text}     what is itself in the table, one sentence or several, as far as it is
    {name:list}     a choice or an enumeration of such
    {name:known}    one sentence of the table, or several, or the template does not fit
    {name:term}     a constant of the table, or the template does not fit
"""

import re
from typing import NamedTuple

_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_REST = r"(?:… \(\d+ characters\))?"
_QUOTED = re.compile(
    rf"""(?<!\w)(?:'(?:[^'\\]|\\.)*+(?P<one>'{_REST})?|"(?:[^"\\]|\\.)*+(?P<two>"{_REST})?)""", re.DOTALL
)
"""What stands in quotes, with what `errors.shorten` puts behind it when it was cut.

Possessive, and also of a quote that does not end: so each character is looked at once.
"""
_FORMS = {
    "word": re.compile(r"\S+"),
    "number": re.compile(r"-?\d+(\.\d+)?"),
    "url": re.compile(r"https?://\S+"),
    "quoted": re.compile("['\"].*", re.DOTALL),
}
VEIL = "\0"
KINDS = frozenset({"", "term", "known", "list", "text", *_FORMS})


class Place(NamedTuple):
    """Where a value stands in the Chinese sentence, and what kind it is."""

    name: str
    kind: str


class Template(NamedTuple):
    """A pair of sentences.

    Attributes:
        literals: of the English one, around its places, as `veil` leaves them: one more than there are places.
        names: of its places, in order.
        forms: what some of them must look like.
        chinese: literals and places of the Chinese one.
        weight: characters of the literals; of two templates that fit, the heavier one says more.
    """

    literals: tuple[str, ...]
    names: tuple[str, ...]
    forms: tuple[tuple[str, re.Pattern[str]], ...]
    chinese: tuple[str | Place, ...]
    weight: int

    def values(self, text: str, veiled: str) -> dict[str, str] | None:
        """What stands in the places; None when the text is not of this template.

        Each literal is looked for once, from left to right, so the time grows with the text alone.

        Args:
            text: the text.
            veiled: its `veil`, in which literals are looked for.
        """
        [first, *middle, last] = self.literals
        begin, end = len(first), len(veiled) - len(last)
        if end < begin or not veiled.startswith(first) or not veiled.endswith(last):
            return None
        found: list[str] = []
        for literal in middle:
            at = veiled.find(literal, begin, end)
            if at < 0:
                return None
            found.append(text[begin:at])
            begin = at + len(literal)
        values = dict(zip(self.names, (*found, text[begin:end]), strict=True))
        return values if all(form.fullmatch(values[name]) for name, form in self.forms) else None


def parse(english: str, chinese: str) -> Template:
    """The pair as a template; `tests/architecture/test_messages.py` keeps the rules of the table."""
    literals = tuple(map(veil, _PLACE.split(english)[::3]))
    names = tuple(match[1] for match in _PLACE.finditer(english))
    told: list[str | Place] = []
    begin = 0
    for match in _PLACE.finditer(chinese):
        told += [chinese[begin : match.start()], Place(match[1], match[2] or "")]
        begin = match.end()
    told.append(chinese[begin:])
    places = [part for part in told if isinstance(part, Place)]
    return Template(
        literals=literals,
        names=names,
        forms=tuple((place.name, _FORMS[place.kind]) for place in places if place.kind in _FORMS),
        chinese=tuple(told),
        weight=sum(map(len, literals)),
    )


def veil(text: str) -> str:
    """The text with all that stands in quotes made unreadable, of equal length: values cannot pass for sentences.

    What follows a quote that does not end stays, for only the beginning of a value may have been told.
    """
    return _QUOTED.sub(_hidden, text) if "'" in text or '"' in text else text


def _hidden(match: re.Match[str]) -> str:
    quoted = match[0]
    ended = match["one"] or match["two"]
    if not ended:
        return quoted
    last = VEIL if quoted.endswith(")") else quoted[-1]
    return f"{quoted[0]}{VEIL * (len(quoted) - 2)}{last}"
