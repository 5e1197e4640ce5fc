"""The vocabulary of review: categories, samples, findings, the detector protocol and the review record."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol, Self, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

Suggestion = Literal["pass", "review", "block"]
Decision = Literal["Pass", "Rejected"]
Certainty = Literal["certain", "ambiguous"]
Image = NDArray[np.uint8]
Samples = NDArray[np.int16]
"""Sound: channels x samples, or samples; `media.sound_header.RATE` a second."""

WIRE_TYPES = (
    "Porn",
    "Porn.Ocr",
    "Porn.Asr",
    "Terrorism",
    "Political",
    "Political.Ocr",
    "Political.Asr",
)
"""`ReviewSummary[].Type` of `DescribeMediaInfos` (contract.md §2): what a complete review would cover."""

WIRE_TYPE_OF: dict[str, str] = {
    **{name: name for name in WIRE_TYPES},
    "Terrorism.Ocr": "Terrorism",
    "Abuse.Ocr": "Porn.Ocr",
    "Ad.Ocr": "Political.Ocr",
    "Terrorism.Asr": "Terrorism",
    "Abuse.Asr": "Porn.Asr",
    "Ad.Asr": "Political.Asr",
}
"""Every category of a finding, and the type under which the wire shows it.

The wire has no type of its own for three kinds of text. Terrorist text is shown as Terrorism; the reference
describes Porn.Ocr as text that offends and Political.Ocr as text that is out of place, so insults and
advertising go there. The same holds for what is said.
"""

CATEGORIES = frozenset(WIRE_TYPE_OF)
SOUND_SUFFIX = ".wav"


class ReviewFailed(Exception):
    """The review could not be carried out, so nothing may be said about the video: it is not passed."""


class DetectorUnavailable(Exception):
    """A detector cannot work here (its model is not installed, say); the message says how to change that."""


@runtime_checkable
class Sample(Protocol):
    """A frame of the video that review looks at (`media.frames.Frame` is one)."""

    @property
    def time(self) -> float:
        """Position in the video, seconds."""

    @property
    def image(self) -> Image:
        """RGB pixels, height x width x 3, `uint8`."""

    @property
    def keyframe(self) -> bool:
        """Whether the encoder made it a key frame (often a change of scene)."""


@runtime_checkable
class Sound(Protocol):
    """A piece of the video's sound that review listens to (`media.sound.Piece` is one)."""

    @property
    def time(self) -> float:
        """Where it begins in the video, seconds."""

    @property
    def channels(self) -> Samples:
        """Channels x samples, 16 bits each."""

    @property
    def fresh(self) -> int:
        """The first sample that no piece before it had: pieces overlap."""


class Finding(msgspec.Struct, kw_only=True):
    """Something that was seen or heard, over a range of time."""

    category: str
    """One of `CATEGORIES`."""
    label: str
    """What was seen: the phrase of a word list, or a detector's name for it."""
    confidence: float
    """0-100, the highest in the range."""
    start: float
    """First sample that shows it, seconds."""
    end: float
    """Last sample that shows it, seconds."""
    detector: str = ""
    """Name of the detector; filled in by `review`."""
    evidence: str = ""
    """Key in `ReviewResult.thumbnails` of the worst frame, or in `sounds`; empty where nothing was kept."""
    samples: int = 1
    """How many samples showed it, or how often it was said."""
    certainty: Certainty = "certain"
    """`ambiguous`: a phrase that harmless text has too. It blocks only together with other evidence (`policy`)."""
    disguise: str = ""
    """How a phrase was hidden that does not stand there as the list has it: `homophone`, `pinyin`, ..."""
    opinions: dict[str, float] = {}
    """What each way of looking gave where the worst frame was looked at again (`review.second_look`)."""

    @property
    def heard(self) -> bool:
        """Whether it was said, not shown."""
        return self.category.endswith(".Asr")

    @property
    def first(self) -> float:
        """The confidence before a second look."""
        return self.opinions.get("first", self.confidence)

    @classmethod
    def at(cls, sample: Sample, category: str, label: str, confidence: float) -> Self:
        """A finding in this one sample: what a detector returns."""
        return cls(category=category, label=label, confidence=confidence, start=sample.time, end=sample.time)


@runtime_checkable
class Detector(Protocol):
    """Something that looks at frames. Found by entry points of the group `minivod.detectors` (docs/review.md).

    `inspect` is called in threads, from several reviews at once: keep no state of one video. What it raises
    fails the review. The class or function behind the entry point is called with a `DetectorConfig` once per
    process and returns a detector, or raises `DetectorUnavailable`.
    """

    @property
    def name(self) -> str:
        """Short and unique; it stands in findings and in the record's `seconds`."""

    @property
    def categories(self) -> frozenset[str]:
        """What it looks for, out of `CATEGORIES`; these count as covered."""

    def inspect(self, sample: Sample) -> Sequence[Finding]:
        """What is seen in this sample; weak suspicions too, the policy judges them."""


class Heard(NamedTuple):
    """What a `Listener` returns: a finding, and in which channel of the sound it was heard."""

    finding: Finding
    channel: int


@runtime_checkable
class Listener(Protocol):
    """Something that listens to sound. Found like a `Detector`, and made like one; `listen` is called in threads.

    Pieces of one video overlap. What is found in the same place twice counts once.
    """

    @property
    def name(self) -> str:
        """As of a `Detector`."""

    @property
    def categories(self) -> frozenset[str]:
        """As of a `Detector`. Where it covers one in part only, `remarks` says by category which part, for people."""

    def listen(self, sound: Sound) -> Sequence[Heard]:
        """What is heard in this piece; `start` and `end` of findings are seconds in the video."""


class SummaryRow(msgspec.Struct, kw_only=True):
    """A row of `ReviewSummary` as the wire has it (contract.md §2)."""

    Type: str
    Suggestion: Suggestion
    Confidence: float


class ReviewRecord(msgspec.Struct, kw_only=True):
    """All that a review found out, kept as JSON beside the publication."""

    decision: Decision
    message: str
    """The decision in words for a person."""
    summary: list[SummaryRow]
    """One row per covered wire type, and one per uncovered type in which something was found all the same.

    Of a review that stopped, only what does not pass: of the other types nobody knows.
    """
    findings: list[Finding]
    """Worst first."""
    covered: list[str]
    """Wire types that a detector looked for."""
    uncovered: dict[str, str]
    """Wire types that nothing looked for, each with the reason; these have not passed."""
    partly: dict[str, str] = {}
    """Covered wire types that are looked for in part only, each with which part: what is said in English."""
    samples_seen: int
    samples_inspected: int
    """The others were near-duplicates of an inspected one, whose findings count for them too."""
    seconds: dict[str, float]
    """Time spent in each detector, and in `similar` for near-duplicates."""
    second_looks: int = 0
    """Samples that a detector looked at again, because they were suspicious at first."""
    heard: float = 0.0
    """Seconds of sound that were listened to, of all tracks together."""
    findings_dropped: int = 0
    """Findings of least confidence that went over the bound."""
    services: dict[str, str] = {}
    """Reviewers from outside that judged, each with what it calls its version."""
    away: dict[str, str] = {}
    """Reviewers from outside that did not judge all of it, each with the reason; the record is no verdict then."""
    unjudged: dict[str, str] = {}
    """Wire types that are for review, because a reviewer from outside was away; each with the reason."""
    thresholds: dict[str, list[float]] = {}
    """Of each category in `findings` what it was judged by: [review, block, extreme], 0-100."""
    on_review: str = ""
    """What the suggestion "review" meant, `reject` or `pass`; empty in records of before this was kept."""
    on_uncovered: str = ""
    """What a type meant that nothing looked for; likewise."""
    stopped_at: float | None = None
    """Where the review stopped because a rejection was certain, seconds; None: it has seen all of the video."""


class ReviewResult(msgspec.Struct, kw_only=True):
    """What `review` returns."""

    record: ReviewRecord
    thumbnails: dict[str, bytes]
    """JPEG pictures by the `evidence` of findings."""
    sounds: dict[str, bytes] = {}
    """WAV files by the `evidence` of findings that were heard, which is the name of the file."""
    suggestions: dict[tuple[str, str], Suggestion] = {}
    """As `Policy.judge` gives them; empty of a review that was kept."""

    @property
    def evidence(self) -> dict[str, bytes]:
        """All files of evidence by their names."""
        return {evidence_file(name): content for name, content in (self.thumbnails | self.sounds).items()}


def evidence_file(evidence: str) -> str:
    """The name of the file that a finding's `evidence` means: a picture, unless it says otherwise."""
    return evidence if evidence.endswith(SOUND_SUFFIX) else f"{evidence}.jpg"
