"""The lines of `minivod doctor`'s report."""

from typing import Literal, NamedTuple

State = Literal["ok", "note", "bad"]


class Line(NamedTuple):
    """A line of the report; `bad` makes the exit status 1."""

    state: State
    what: str
    words: str
