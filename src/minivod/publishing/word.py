"""The operator's word: approve, reject and reset, which overrule what a review decided; commands and pages use it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from minivod import ids
from minivod.publishing.announce import EVENT, announce
from minivod.publishing.overruled import approved, rejected, summary_approved, summary_rejected
from minivod.publishing.subjects import subject_of, subjects
from minivod.review.model import WIRE_TYPES
from minivod.review.policy import clock
from minivod.shapes import WechatMiniProgramPublishTask, to_payload
from minivod.store import basis, decisions, events, kept, overruling, results, tasks
from minivod.store import media as media_rows
from minivod.store.basis import Basis
from minivod.store.database import Connection, Database
from minivod.store.decisions import Decision, Word
from minivod.store.media import Media
from minivod.store.overruling import Verdict
from minivod.store.publications import KIND, Publication
from minivod.store.tasks import Outcome

LONGEST_REASON = 500
LONGEST_NAME = 100


class CannotSay(Exception):
    """The word cannot be given; the message tells the operator why, and what would help."""


class Overtaken(CannotSay):
    """The video is not any more as it was when the operator made up the decision."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Who gives the word, and why; the reason is told to callers of the API, the name is not."""

    name: str
    reason: str

    def __post_init__(self) -> None:
        if not _is_line(self.name, LONGEST_NAME):
            raise CannotSay(f"the name must be one line of 1 to {LONGEST_NAME} printable characters")
        if not _is_line(self.reason, LONGEST_REASON):
            raise CannotSay(f"the reason must be one line of 1 to {LONGEST_REASON} printable characters")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a word came to.

    Attributes:
        before: the state of the publication, None: there is none.
        after: likewise.
        decision: the row of the audit table; None: the same word stood already, and nothing has changed.
        standing: the word that stands now.
        doomed: keys of objects that nobody refers to any more.
        twins: FileIds of published videos of the application with the very same original, after a rejection.
    """

    before: str | None
    after: str | None
    decision: Decision | None = None
    standing: Decision | None = None
    doomed: Sequence[str] = ()
    twins: Sequence[str] = ()


@dataclass
class _Case:
    """A locked video, and what is known of it."""

    connection: Connection
    media: Media
    publication: Publication | None
    reviewed_source: str | None
    verdict: Verdict | None
    standing: Decision | None
    subject: str
    after: str | None = None
    doomed: list[str] = field(default_factory=list)

    async def record(self, word: Word, by: Operator, types: Sequence[str] = ()) -> Decision:
        """Writes it down."""
        found = self.publication
        return await decisions.record(
            self.connection,
            self.media.sub_app_id,
            self.media.file_id,
            word,
            made_by=by.name,
            reason=by.reason,
            task_id=found.task_id if found else None,
            state_before=found.state if found else None,
            state_after=self.after,
            types=types,
            subject=self.subject,
            source=self.media.metadata,
        )

    def said(self, decision: Decision | None = None) -> Said:
        """What it came to."""
        return Said(
            before=self.publication.state if self.publication else None,
            after=self.after,
            decision=decision,
            standing=decision or self.standing,
            doomed=self.doomed,
        )


async def approve(db: Database, sub_app_id: int, file_id: str, by: Operator, *, unseen: bool = False,
                  seen: Basis | None = None) -> Said:  # fmt: skip
    """Lets a rejected video play at once; one that plays is not withdrawn by a later review.

    What was reviewed has been kept for a time; where it was not, a task makes it again from the same original, and the
    publication is RUNNING until then.

    Args:
        db: the database.
        sub_app_id: of the application.
        file_id: of the video.
        by: who approves, and why.
        unseen: also what no review has looked at, because it stopped when the rejection was certain or never began.
        seen: what the decision was made from; None: whatever is so.

    Raises:
        Overtaken: something else is so by now.
        CannotSay: there is no such video here, or nothing of it that could be approved.
    """
    async with db.transaction() as connection:
        case = await _open(connection, db, sub_app_id, file_id, seen=seen)
        found = case.publication
        if found is None or found.state not in ("PASS", "REJECTED"):
            raise CannotSay(_nothing_to_approve(file_id, found))
        if found.state == "PASS":
            if case.standing and case.standing.word == "approve" and case.standing.subject == case.subject:
                return case.said()
            return case.said(await case.record("approve", by))
        if not unseen:
            _refuse_unseen(case)
        return await _publish(case, found, by, "approve", approved(by.reason), summary_approved)


async def reject(db: Database, sub_app_id: int, file_id: str, by: Operator, *, seconds: float,
                 types: Sequence[str] = (), seen: Basis | None = None) -> Said:  # fmt: skip
    """Withdraws a published video on every route, ends a publication that is under way, and refuses later ones.

    Args:
        db: the database.
        sub_app_id: of the application.
        file_id: of the video.
        by: who rejects, and why.
        seconds: for which what played is kept, to be approved; 0: it is doomed.
        types: of ReviewSummary, for which it is rejected.
        seen: what the decision was made from; None: whatever is so.

    Raises:
        Overtaken: something else is so by now.
        CannotSay: there is no such video here, or a type does not exist.
    """
    if unknown := [name for name in types if name not in WIRE_TYPES]:
        raise CannotSay(f"there is no type {unknown[0]!r}; types are {', '.join(WIRE_TYPES)}")
    async with db.transaction() as connection:
        case = await _open(connection, db, sub_app_id, file_id, seen=seen)
        found, message = case.publication, rejected(by.reason, types)
        if found and found.state in ("PASS", "RUNNING"):
            said = await _withdraw(case, found, by, "reject", message, types, seconds)
        elif case.standing and case.standing.word == "reject" and case.standing.file_id == file_id:
            said = case.said()
        else:
            decision = await case.record("reject", by, types)
            if found and found.state == "REJECTED":
                await _retell(case, found, decision, message, summary_rejected(found.review_summary, types))
            said = case.said(decision)
        twins = await media_rows.find_twins(connection, sub_app_id, file_id, case.media.metadata)
    return replace(said, twins=twins)


async def reset(db: Database, sub_app_id: int, file_id: str, by: Operator, *, seconds: float,
                seen: Basis | None = None) -> Said:  # fmt: skip
    """Takes the word back: what the newest review decided holds again; without one, the video must be published anew.

    Args and errors as for `reject`.
    """
    async with db.transaction() as connection:
        case = await _open(connection, db, sub_app_id, file_id, seen=seen)
        found, verdict = case.publication, case.verdict
        if case.standing is None:
            return case.said()
        passed = verdict is not None and verdict.passed
        message = verdict.record["message"] if verdict else f"Rejected: no review has seen it: {by.reason}"
        if found and found.state == "PASS" and not passed:
            return await _withdraw(case, found, by, "reset", message, (), seconds)
        if found and found.state == "REJECTED" and passed:
            with suppress(CannotSay):  # nothing is left of it to be played, and nothing was changed
                return await _publish(case, found, by, "reset", message, list)
        decision = await case.record("reset", by)
        if found and found.state == ("PASS" if passed else "REJECTED"):
            await _retell(case, found, decision, message, verdict.record["summary"] if verdict else [])
        return case.said(decision)


async def take_away(connection: Connection, db: Database, task: tasks.Task, by: Operator, message: str,
                    summary: Sequence[dict[str, Any]], *, seconds: float, overrule: bool) -> str:  # fmt: skip
    """Withdraws what a review anew has rejected, unless it is another publication by now, or a person approved it.

    What came of it is as in `again.CHANGES`: `reject`, `gone` or `stays`. The video is held by the transaction that
    ends the task: nobody locks it, and to lock it now could be a deadlock.
    """
    case = await _open(connection, db, task.sub_app_id, task.file_id, held=True)
    found = case.publication
    if found is None or found.state != "PASS" or found.task_id != task.params["publication"]:
        return "gone"
    if case.standing and case.standing.word == "approve":
        if not overrule:
            return "stays"
        await case.record("reset", by)
    await _withdraw(case, found, by, "again", message, (), seconds, summary)
    return "reject"


async def _open(connection: Connection, db: Database, sub_app_id: int, file_id: str, *, held: bool = False,
                seen: Basis | None = None) -> _Case:  # fmt: skip
    """Locks the video first, as whoever deletes it does, unless it is held; then `seen` is compared with what is."""
    known = ids.is_file_id(file_id) and (held or await media_rows.lock(connection, sub_app_id, file_id))
    media = await media_rows.find_one(connection, sub_app_id, file_id) if known else None
    if media is None:
        raise CannotSay(f"there is no video {file_id[:40]!r} in this application")
    if seen is not None and seen != await basis.find(connection, sub_app_id, file_id, media.metadata):
        raise Overtaken(f"video {file_id} is not any more as it was when this was decided")
    publication, source = await overruling.find(connection, sub_app_id, file_id) or (None, None)
    definition = publication.definition if publication else 0
    verdict = await overruling.newest_verdict(connection, sub_app_id, file_id, definition)
    standing = await decisions.standing(connection, sub_app_id, file_id, media.metadata)
    subject = str(verdict.record.get("subject", "")) if verdict else ""
    return _Case(
        connection=connection,
        media=media,
        publication=publication,
        reviewed_source=source,
        verdict=verdict,
        standing=standing,
        subject=subject or await _subject(db, media, definition),
        after=publication.state if publication else None,
    )


async def _subject(db: Database, media: Media, definition: int) -> str:
    """Of a video that no review has seen: what would be published."""
    if not definition:
        return subject_of(media.object_key, media.cover_key)
    result = await results.find_one(db, media.sub_app_id, media.file_id, results.TRANSCODE, definition)
    return min(subjects(media, result)) if result else ""


async def _publish(
    case: _Case,
    found: Publication,
    by: Operator,
    word: Word,
    message: str,
    summary: Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]],
) -> Said:
    """REJECTED becomes PASS with what was kept; else a task makes it again."""
    what = await kept.take(case.connection, case.media.sub_app_id, case.media.file_id, found.definition)
    if what is None:
        return await _publish_by_task(case, found, by, word)
    case.after = "PASS"
    decision = await case.record(word, by)
    rows = case.verdict.record["summary"] if case.verdict else []
    await overruling.let_play(case.connection, found, what, summary(rows))
    await tell(case.connection, found, "Pass", message, str(decision.decision_id))
    return case.said(decision)


async def _publish_by_task(case: _Case, found: Publication, by: Operator, word: Word) -> Said:
    if case.media.object_key is None and not found.definition:
        raise CannotSay(
            f"nothing of video {case.media.file_id} can be published any more: what the review has seen was not kept "
            "(setting rejected_lifetime), and its original was deleted"
        )
    case.after = "RUNNING"
    decision = await case.record(word, by)
    await overruling.begin(case.connection, found, case.media.app_id, ids.new_task_id(case.media.app_id, KIND))
    return case.said(decision)


async def _withdraw(
    case: _Case,
    found: Publication,
    by: Operator,
    word: Word,
    message: str,
    types: Sequence[str],
    seconds: float,
    summary: Sequence[dict[str, Any]] | None = None,
) -> Said:
    """PASS or RUNNING becomes REJECTED, and whoever waits for news is told."""
    case.after = "REJECTED"
    decision = await case.record(word, by, types)
    rows = (case.verdict.record["summary"] if case.verdict else []) if summary is None else summary
    shown = summary_rejected(rows, types)
    case.doomed = await overruling.withhold(case.connection, found, case.reviewed_source, shown, seconds)
    if found.state == "RUNNING":
        outcome = Outcome(message=message, result="Rejected")
        for task in await tasks.end(case.connection, [found.task_id], outcome):
            await announce(case.connection, task)
    else:
        await tell(case.connection, found, "Rejected", message, str(decision.decision_id))
    return case.said(decision)


async def _retell(
    case: _Case, found: Publication, decision: Decision, message: str, summary: Sequence[dict[str, Any]]
) -> None:
    """The publication stays as it is, and somebody else says so, for another reason."""
    await overruling.set_summary(case.connection, found, summary)
    if await overruling.message_of(case.connection, found.sub_app_id, found.task_id) != message:
        result = "Pass" if found.state == "PASS" else "Rejected"
        await tell(case.connection, found, result, message, str(decision.decision_id))


async def tell(connection: Connection, publication: Publication, result: str, message: str, cause: str) -> None:
    """The task that decided the publication has another result: its detail and one more event of it say so.

    Args:
        connection: of the transaction that changed the publication.
        publication: as it was before.
        result: PublishResult from now on.
        message: Message from now on.
        cause: tells this event of the task from its others.
    """
    await overruling.retell(connection, publication.sub_app_id, publication.task_id, result, message)
    payload = WechatMiniProgramPublishTask(
        TaskId=publication.task_id,
        Status="FINISH",
        ErrCode=0,
        Message=message,
        FileId=publication.file_id,
        SourceDefinition=publication.definition,
        PublishResult=result,
    )
    subject = f"{publication.task_id}/{cause}"
    await events.append(connection, publication.sub_app_id, EVENT, subject, to_payload(payload))


def _is_line(text: str, longest: int) -> bool:
    return bool(text.strip()) and len(text) <= longest and text.isprintable()


def _refuse_unseen(case: _Case) -> None:
    if case.verdict is None:
        raise CannotSay(
            f"no review has seen video {case.media.file_id}: an operator rejected it before. Watch it and approve it "
            "with --unseen, or take the rejection back with reset and publish it again, by which it is reviewed"
        )
    stopped = case.verdict.record.get("stopped_at")
    if stopped is not None:
        raise CannotSay(
            f"the review of video {case.media.file_id} stopped at {clock(stopped)}, and nobody looked at the rest. "
            "Watch it and approve it with --unseen, or publish it again with the setting review_stop_after=0, by which "
            "all of it is reviewed"
        )


def _nothing_to_approve(file_id: str, found: Publication | None) -> str:
    if found is None:
        return (
            f"video {file_id} was never published, or its publication was deleted, so there is nothing to approve; "
            "publish it (WeChatMiniProgramPublish), after reset where an operator has rejected it"
        )
    if found.state == "RUNNING":
        return f"video {file_id} is under review by task {found.task_id}; approve it when that has ended"
    return (
        f"the last publication of video {file_id} (task {found.task_id}) failed for a technical reason, so there is "
        "nothing to approve; publish it again"
    )
