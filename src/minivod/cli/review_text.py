"""A review as lines for a terminal, in which no text of others can do anything."""

from collections.abc import Iterator
from datetime import UTC, datetime

from minivod.publishing.showing import Shown, about, judged_by, outside, plain, times
from minivod.review.model import ReviewRecord
from minivod.review.policy import clock


def lines(shown: Shown) -> Iterator[str]:
    """What `minivod review show` prints."""
    found = shown.publication
    yield f"FileId: {shown.file_id}"
    yield f"Application: {shown.sub_app_id}"
    yield f"Name: {plain(shown.media.name)}" if shown.media else "The video was deleted."
    if found is not None:
        yield f"State: {found.state} since {_time(found.updated_at)}, SourceDefinition {found.definition}"
        yield f"TaskId: {found.task_id}"
    elif shown.media:
        yield "State: not published"
    if shown.standing:
        yield f"Operator: {shown.standing.word} by {plain(shown.standing.made_by)}"
    if shown.kept:
        yield "Kept: what was reviewed, ready to be published by an approval"
    yield (
        f"Policy now: version {shown.policy} of the application's own"
        if shown.policy
        else "Policy now: of the settings"
    )
    if shown.record is None or shown.newest is None:
        yield "Review: none has seen it"
    else:
        yield f"Reviewed: {_time(shown.reviewed_at)}, digest {shown.newest.record.get('digest') or 'not known'}"
        yield from _review(shown.record)
    yield from _history(shown)


def _review(record: ReviewRecord) -> Iterator[str]:
    yield f"Message: {plain(record.message)}"
    yield f"Frames: {record.samples_seen} sampled, {record.samples_inspected} inspected"
    if record.stopped_at is not None:
        yield f"Stopped: at {clock(record.stopped_at)}, because it is rejected anyway; nobody looked at the rest"
    if record.heard:
        yield f"Sound: {record.heard:g} s listened to"
    if record.second_looks:
        yield f"Looked at again: {record.second_looks} frames"
    for line in judged_by(record):
        yield f"Judged by: {line}"
    for row in record.summary:
        yield f"  {row.Type}: {row.Suggestion} (confidence {row.Confidence:g})"
    yield "Findings:" if record.findings else "Findings: none"
    for finding in record.findings:
        yield (
            f"  {times(finding)}  {finding.category}  {plain(finding.label)}  "
            f"(confidence {finding.confidence:g}, by {plain(finding.detector)}, {plain(about(finding))})"
        )
    if record.findings_dropped:
        yield f"  and {record.findings_dropped} more, less certain"
    yield from outside(record)
    for name, part in record.partly.items():
        yield f"Looked for in part: {name}: {plain(part)}"
    for name, why in record.uncovered.items():
        yield f"Not looked for: {name}: {plain(why)}"


def _history(shown: Shown) -> Iterator[str]:
    yield "History:" if shown.history else "History: nobody said anything"
    for one in shown.history:
        change = f"{one.state_before or 'none'} -> {one.state_after or 'none'}"
        yield f"  {_time(one.made_at)}  {one.word} by {plain(one.made_by)}  {change}  {plain(one.reason)}"


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else "never"
