"""The kind of task that ReviewAudioVideo makes: reviews an original and its cover, and touches no publication."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import structlog

from minivod.media.probe import NotMedia, known
from minivod.media.sandbox import StepFailed
from minivod.objects import NoSuchObject
from minivod.processing.review_event import tell
from minivod.processing.review_verdict import Verdict, verdict
from minivod.publishing.candidate import Refused
from minivod.publishing.publisher import Publisher
from minivod.publishing.subjects import subject_of
from minivod.review.labels import TYPE_OF, categories, types
from minivod.review.model import ReviewFailed
from minivod.review.policy import with_part
from minivod.store import media as media_rows
from minivod.store import media_reviews, usage
from minivod.store.database import Connection
from minivod.store.media import Media
from minivod.store.media_reviews import REVIEW, MediaReview
from minivod.store.tasks import Outcome, Task
from minivod.tasking.kind import Run
from minivod.tasking.outcome import failure
from minivod.wire.review_task import ReviewAudioVideoTaskOutput, asked

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """The end of an attempt; a `Conclusion`. `rows` are what DescribeMediaInfos tells of it.

    `seconds` of a video were inspected.
    """

    outcome: Outcome
    rows: Sequence[MediaReview] = ()
    seconds: float = 0.0
    notes: Mapping[str, Any] = field(default_factory=dict)

    def objects(self, task: Task, owner: UUID) -> Mapping[str, Path | bytes]:
        """None: what was found has no pictures."""
        return {}

    async def settle(self, connection: Connection, task: Task, owner: UUID) -> None:
        """Keeps what the video was found to be."""
        for row in self.rows:
            await media_reviews.save(connection, task.sub_app_id, task.file_id, row)
        if self.seconds:
            await usage.note(connection, task.sub_app_id, usage.reviewed(self.seconds))


@dataclass(frozen=True, kw_only=True)
class Reviewing:
    """The kind of task; `publisher` has the parts of a review."""

    publisher: Publisher

    @property
    def name(self) -> str:
        """The kind of task."""
        return REVIEW

    async def attempt(self, run: Run) -> Reviewed:
        """Reviews what was asked for; raises OSError and psycopg.Error, which are worth another attempt."""
        try:
            return await self._reviewed(run)
        except (Refused, NoSuchObject) as error:
            gone = "what is to be reviewed was deleted" if isinstance(error, NoSuchObject) else str(error)
            return self.give_up(failure("SourceFileError", gone))
        except NotMedia as error:
            return self.give_up(failure("SourceFileError.ContentMalformed", f"the original cannot be read: {error}"))
        except StepFailed as error:
            return self.give_up(failure("SourceFileError", f"the original cannot be reviewed: {error}"))
        except ReviewFailed as error:
            log.error("review_failed", file_id=run.task.file_id, reason=str(error))
            return self.give_up(failure("InternalError", f"the review failed: {error}"))

    def give_up(self, outcome: Outcome) -> Reviewed:
        """It came to nothing."""
        return Reviewed(outcome=outcome)

    async def announce(self, connection: Connection, task: Task) -> None:
        """The event ReviewAudioVideoComplete."""
        await tell(connection, task)

    async def _reviewed(self, run: Run) -> Reviewed:
        task, told = run.task, asked(run.task)
        media = (await media_rows.find(self.publisher.db, task.sub_app_id, [task.file_id])).get(task.file_id)
        if media is None:
            raise Refused("the video does not exist any more")
        _refuse_what_is_gone(media, told.contents)
        wanted = categories(told.labels)
        own = await self.publisher.own(task.sub_app_id)
        mine = replace(own, detectors=self.publisher.detectors.narrowed(wanted), stop_after=0)  # all segments are told
        looked, missed = types(told.labels, (name for one in mine.detectors.all for name in one.categories))
        partly = {".".join(TYPE_OF[name]): part for name, part in mine.detectors.partly.items()}
        if not looked:
            raise ReviewFailed(f"nothing here looks for {', '.join(missed)}, which is all that was asked for")
        clean = wanted <= own.detectors.wanted and await _passed(own, media)
        found: dict[str, Verdict] = {}
        for content in told.contents:
            judged = Verdict(suggestion="pass") if clean else await _judge(run, mine, media, content)
            found[content] = judged
        left = mine.detectors.without({name: why for one in found.values() for name, why in one.away.items()})
        looked, missed = types(told.labels, (name for one in left.all for name in one.categories))
        for content, judged in found.items():
            if _is_open(own, judged, missed):
                found[content] = replace(judged, suggestion="review")
        return Reviewed(
            outcome=_outcome(found, [with_part(name, partly) for name in looked], missed),
            rows=[_row(content, one, media, task.definition) for content, one in found.items()],
            seconds=media.metadata.get("duration", 0.0) if "Media" in found and not clean else 0.0,
            notes={"reused": clean},
        )


async def _passed(own: Publisher, media: Media) -> bool:
    """Whether a review of these very objects, by the same detectors and thresholds, found nothing of any kind.

    One that found something is not used again: what it says of a type is the worst of several labels.
    """
    known_verdict = await own.known(subject_of(media.object_key, media.cover_key))
    return known_verdict is not None and all(row.Suggestion == "pass" for row in known_verdict.review.record.summary)


def _is_open(own: Publisher, judged: Verdict, missed: Sequence[str]) -> bool:
    """Whether a person has to look, because something was not looked for and the policy does not let that pass."""
    return judged.suggestion == "pass" and bool(missed) and own.policy.on_uncovered == "reject"


def _refuse_what_is_gone(media: Media, contents: Sequence[str]) -> None:
    if "Media" in contents and media.object_key is None:
        raise Refused("the original does not exist any more")
    if "Cover" in contents and media.cover_key is None:
        raise Refused("the video has no cover any more")


async def _judge(run: Run, mine: Publisher, media: Media, content: str) -> Verdict:
    run.laps.begin(f"review_{content.lower()}")
    if content == "Cover":
        cover = await mine.cover(media.cover_key, run.work)
        assert cover is not None  # noqa: S101 - there is a key
        return verdict(await mine.inspect_picture(cover), mine.policy)
    async with mine.objects.local_copy(media.object_key or "", run.work) as source:
        metadata = await known(mine.sandbox, source, media.metadata)
        if metadata.duration > mine.max_duration:
            raise Refused(f"it lasts {metadata.duration:.0f} s; at most {mine.max_duration:.0f} s are reviewed")
        return verdict(await mine.inspect(source, metadata, None, run.on_progress), mine.policy)


def _outcome(found: Mapping[str, Verdict], looked: Sequence[str], missed: Sequence[str]) -> Outcome:
    media, cover = found.get("Media"), found.get("Cover")
    output = ReviewAudioVideoTaskOutput(
        Suggestion=media.suggestion if media else "",
        Label=media.label if media else "",
        Form=media.form if media else "",
        SegmentSet=media.segments if media else [],
        CoverReviewResult=cover.as_picture() if cover else None,
    )
    parts = [*map(_in_words, found, found.values()), f"looked for: {', '.join(looked)}"]
    parts += [f"not covered: {', '.join(missed)}"] if missed else []
    worst = max((one.suggestion for one in found.values()), key=("pass", "review", "block").index)
    return Outcome(message="; ".join(parts), result=worst, output=msgspec.to_builtins(output))


def _in_words(content: str, found: Verdict) -> str:
    return f"{content} {found.suggestion}: {found.why}" if found.why else f"{content} {found.suggestion}"


def _row(content: str, found: Verdict, media: Media, definition: int) -> MediaReview:
    subject = media.cover_key if content == "Cover" else media.object_key
    return MediaReview(
        content=content,
        subject=subject or "",
        definition=definition,
        suggestion=found.suggestion,
        types=found.types,
    )
