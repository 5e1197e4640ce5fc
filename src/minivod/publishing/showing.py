"""What there is to be seen of a review: its video, findings and gaps, the policy, and what operators said."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from minivod.review.model import Finding, ReviewRecord, evidence_file
from minivod.store import basis, decisions, kept, policies, publications, review_list
from minivod.store import media as media_rows
from minivod.store.basis import Basis
from minivod.store.database import Database
from minivod.store.decisions import Decision
from minivod.store.kept import Kept
from minivod.store.media import Media
from minivod.store.publications import Publication
from minivod.store.review_list import Newest


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A video as an operator sees it.

    Attributes:
        sub_app_id: of its application.
        file_id: its FileId.
        media: None: it was deleted, and only the history is left.
        publication: None: it has none.
        newest: the newest review; None: none has seen it.
        record: what that found, as far as it is known.
        kept: what it would play as, if it was rejected and that is kept.
        standing: the operator's word that holds.
        history: all words, oldest first.
        policy: version of the application's own policy; None: that of the settings holds.
        basis: what a decision is made from that is made by what is shown here.
    """

    sub_app_id: int
    file_id: str
    media: Media | None
    publication: Publication | None
    newest: Newest | None
    record: ReviewRecord | None
    kept: Kept | None
    standing: Decision | None
    history: list[Decision] = field(default_factory=list)
    policy: int | None = None
    basis: Basis = field(default_factory=Basis)

    @property
    def reviewed_at(self) -> datetime | None:
        """When the newest review was done."""
        return self.newest.created_at if self.newest else None

    @property
    def unseen(self) -> bool:
        """Whether no review has seen all of what an approval would publish."""
        if self.publication is None or self.record is None or self.newest is None:
            return self.publication is not None
        of_it = self.newest.record.get("definition", self.publication.definition) == self.publication.definition
        return self.record.stopped_at is not None or not of_it

    @property
    def video_key(self) -> str | None:
        """The object that was reviewed, if it is there as one file; else the original; None: neither is there."""
        for one in (self.publication, self.kept):
            if one is not None and one.object_key and not one.files:
                return one.object_key
        return self.media.object_key if self.media else None

    def evidence_key(self, finding: Finding) -> str | None:
        """The object with the picture or sound that was kept of a finding; None: nothing was."""
        if self.newest is None or not finding.evidence:
            return None
        return f"{self.newest.record.get('evidence_prefix', '')}/{evidence_file(finding.evidence)}"

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values; keys of objects, which are nobody's business, are left out."""
        found = self.publication
        return {
            "SubAppId": self.sub_app_id,
            "FileId": self.file_id,
            "Name": self.media.name if self.media else None,
            "State": found.state if found else None,
            "TaskId": found.task_id if found else None,
            "SourceDefinition": found.definition if found else None,
            "UpdateTime": msgspec.to_builtins(found.updated_at) if found else None,
            "ReviewTime": msgspec.to_builtins(self.reviewed_at),
            "Review": msgspec.to_builtins(self.record) if self.record else None,
            "Digest": self.newest.record.get("digest", "") if self.newest else "",
            "PolicyVersion": self.policy,
            "Kept": self.kept is not None,
            "Word": self.standing.word if self.standing else None,
            "History": [
                {
                    "Time": msgspec.to_builtins(one.made_at), "Word": one.word, "By": one.made_by,
                    "Reason": one.reason, "Before": one.state_before, "After": one.state_after, "Types": one.types,
                    "TaskId": one.task_id,
                }
                for one in self.history
            ],
        }  # fmt: skip


async def look(db: Database, sub_app_id: int, file_id: str) -> Shown | None:
    """All that is known of a video of the application; None: nothing is."""
    media = (await media_rows.find(db, sub_app_id, [file_id])).get(file_id)
    async with db.connection() as connection:
        source = media.metadata if media else {}
        seen = await basis.find(connection, sub_app_id, file_id, source)  # first: what is read later is not older
        standing = await decisions.standing(connection, sub_app_id, file_id, source)
    history = await decisions.history(db, sub_app_id, file_id)
    if media is None and not history:
        return None
    newest = await review_list.newest(db, sub_app_id, file_id)
    policy = await policies.find(db, sub_app_id)
    return Shown(
        sub_app_id=sub_app_id,
        file_id=file_id,
        media=media,
        publication=(await publications.find(db, sub_app_id, [file_id])).get(file_id),
        newest=newest,
        record=msgspec.convert(newest.record, ReviewRecord) if newest else None,
        kept=await kept.find(db, sub_app_id, file_id),
        standing=standing,
        history=history,
        policy=policy.version if policy and policy.policy is not None else None,
        basis=seen,
    )


def plain(text: str) -> str:
    """A text of unknown origin for a terminal or a page: what cannot be printed is written as its code.

    That includes escape sequences, and characters that turn the direction of what follows.
    """
    if text.isprintable():  # nearly all are, and pages show hundreds
        return text
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def times(finding: Finding) -> str:
    """When a finding was seen, to a tenth of a second."""
    start, end = _clock(finding.start), _clock(finding.end)
    return start if start == end else f"{start}–{end}"


def how_often(finding: Finding) -> str:
    """In how many samples it was seen, or how often it was said."""
    often = "once" if finding.samples == 1 else f"{finding.samples} times"
    return f"said {often}" if finding.heard else f"{finding.samples} frames"


def about(finding: Finding) -> str:
    """What else there is to say of a finding: how often, in which disguise, how certain, and each second look."""
    parts = [how_often(finding)]
    if finding.certainty == "ambiguous":
        parts.append("ambiguous")
    if finding.disguise:
        parts.append(f"hidden as {finding.disguise}")
    if finding.opinions:
        looks = ", ".join(f"{name} {score:g}" for name, score in finding.opinions.items())
        parts.append(f"second look: {looks}")
    return "; ".join(parts)


def judged_by(record: ReviewRecord) -> Iterator[str]:
    """The policy that a review went by, which may be another one by now; nothing where it was not kept."""
    for category, limits in record.thresholds.items():
        review, block, extreme = limits
        yield f"{category}: review {review:g}, block {block:g}, extreme {extreme:g}"
    if record.on_review:
        yield f"review means {record.on_review}, not looked for means {record.on_uncovered}"


def outside(record: ReviewRecord) -> Iterator[str]:
    """Reviewers from outside: which judged, and which did not."""
    for name, version in record.services.items():
        yield f"Judged from outside: by {plain(name)}, version {plain(version) or 'not told'}"
    for name, why in record.away.items():
        yield f"Away: {plain(name)}: {plain(why)}"


def _clock(seconds: float) -> str:
    tenths = round(seconds * 10)
    return f"{tenths // 36000:02}:{tenths // 600 % 60:02}:{tenths // 10 % 60:02}.{tenths % 10}"
