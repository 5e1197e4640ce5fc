"""What a reviewer from outside is: a service that is asked about frames and text in batches, and may be away."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

from minivod.review.model import Finding, Heard, Image, Sample, Sound
from minivod.settings_services import Absence


class ServiceAway(OSError):
    """A service gave no answer that can be used; an OSError, for which an attempt is made again.

    The message is ours, and nothing of the answer is in it.

    Args:
        message: for callers of the API.
        reason: for the operator: what was wrong, in words that name no secret.
    """

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason or message


class Shown(NamedTuple):
    """A frame, with the text that was read in it; `time` is seconds in the video."""

    time: float
    image: Image
    text: str


class Spoken(NamedTuple):
    """Something that was said, seconds in the video."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Batch:
    """What a service is asked about at once."""

    frames: Sequence[Shown] = ()
    speech: Sequence[Spoken] = ()

    @property
    def first(self) -> float:
        """Where it begins, seconds in the video."""
        return min([*(one.time for one in self.frames), *(one.start for one in self.speech)], default=0.0)

    @property
    def last(self) -> float:
        """Where it ends, seconds in the video."""
        return max([*(one.time for one in self.frames), *(one.end for one in self.speech)], default=0.0)


@dataclass(frozen=True)
class Judgement:
    """What a service found in a batch, and which version of it did."""

    findings: Sequence[Finding] = field(default_factory=tuple)
    version: str = ""


class Service(Protocol):
    """A reviewer from outside; `judge` is called for several batches at once."""

    @property
    def name(self) -> str:
        """As of a `Detector`."""

    @property
    def categories(self) -> frozenset[str]:
        """What it looks for."""

    @property
    def absent(self) -> Absence:
        """What it means that it is away."""

    @property
    def fingerprint(self) -> str:
        """What its verdicts depend on, for `review.digest`; never shown."""

    async def judge(self, batch: Batch) -> Judgement:
        """Asks it; raises ServiceAway."""


@runtime_checkable
class Reader(Protocol):
    """A `Detector` that can also tell all text that it read."""

    def inspect_and_read(self, sample: Sample) -> tuple[Sequence[Finding], str]:
        """What `inspect` returns, and the text of the frame."""


@runtime_checkable
class Writer(Protocol):
    """A `Listener` that can also tell all that was said."""

    def listen_and_write(self, sound: Sound) -> tuple[Sequence[Heard], Sequence[Spoken]]:
        """What `listen` returns, and what was said."""
