"""Findings on a line of time: where each begins, how long it is, and in which row it stands, as numbers for SVG."""

from dataclasses import dataclass

from minivod.publishing.showing import Shown
from minivod.review.model import WIRE_TYPE_OF, Finding

WIDTH = 1000.0
"""Of the whole line."""
_NARROWEST = 6.0
_MOST_ROWS = 6
_MARKS = 5


@dataclass(frozen=True)
class Mark:
    """A finding on the line; `place` is its place in the record, `grade` how bad it is, if the review says so."""

    place: int
    x: float
    width: float
    row: int
    grade: str


@dataclass(frozen=True)
class Timeline:
    """The line of a video; `unseen` is where nobody looked, `seconds` stand below it at even distances."""

    marks: list[Mark]
    rows: list[str]
    seconds: list[float]
    unseen: float | None


def timeline(shown: Shown) -> Timeline | None:
    """The line of a review; None: there is none, or it is not known how long the video is."""
    record = shown.record
    if record is None:
        return None
    length = max([_duration(shown), *(finding.end for finding in record.findings), record.stopped_at or 0.0])
    if length <= 0:
        return None
    grades = {row.Type: row.Suggestion for row in record.summary}
    rows = list(dict.fromkeys(finding.category for finding in record.findings))[:_MOST_ROWS]
    marks = [
        _mark(
            place, finding, rows.index(finding.category), length, grades.get(WIRE_TYPE_OF.get(finding.category, ""), "")
        )
        for place, finding in enumerate(record.findings)
        if finding.category in rows
    ]
    stopped = record.stopped_at
    unseen = None if stopped is None else min(stopped / length, 1.0) * WIDTH
    return Timeline(marks, rows, [length * step / (_MARKS - 1) for step in range(_MARKS)], unseen)


def _duration(shown: Shown) -> float:
    for metadata in (
        shown.publication.metadata if shown.publication else None,
        shown.kept.metadata if shown.kept else None,
        shown.media.metadata if shown.media else None,
    ):
        if metadata and metadata.get("duration"):
            return float(metadata["duration"])
    return 0.0


def _mark(place: int, finding: Finding, row: int, length: float, grade: str) -> Mark:
    width = max((finding.end - finding.start) / length * WIDTH, _NARROWEST)
    x = min(max(finding.start / length * WIDTH, 0.0), WIDTH - width) if width < WIDTH else 0.0
    return Mark(place, round(x, 1), round(min(width, WIDTH), 1), row, grade)
