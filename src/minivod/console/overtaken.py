"""What happened to a video after its page was opened, in sentences for whoever decided by that page."""

from minivod.console.render import moment
from minivod.console.texts import TEXTS
from minivod.console.visit import Visit
from minivod.publishing.showing import Shown
from minivod.store.basis import Basis
from minivod.store.decisions import Decision

_SAID = {
    "approve": "overtaken.approve",
    "reject": "overtaken.reject",
    "reset": "overtaken.reset",
    "again": "overtaken.again",
}


def happened(visit: Visit, seen: Basis, shown: Shown) -> list[str]:
    """In the language of the page: who decided what meanwhile, else what the server did.

    Args:
        visit: the request.
        seen: what the page was made from.
        shown: the video as it is now.
    """
    newer = [_said(visit, _SAID[one.word], one) for one in shown.history if one.decision_id > seen.decision]
    standing = shown.standing
    if standing and standing.file_id != shown.file_id and standing.decision_id != seen.standing:
        newer.append(_said(visit, "overtaken.twin", standing))
    elif standing is None and seen.standing and not newer:
        newer.append(visit.text("overtaken.untwin"))
    return newer or _by_the_server(visit, seen, shown.basis)


def _said(visit: Visit, key: str, one: Decision) -> str:
    return visit.text(key, name=one.made_by, moment=moment(one.made_at), reason=one.reason)


def _by_the_server(visit: Visit, seen: Basis, now: Basis) -> list[str]:
    told = []
    if now.state != seen.state:
        told.append(visit.text("overtaken.state", before=_state(visit, seen), after=_state(visit, now)))
    elif now.task_id != seen.task_id:
        told.append(visit.text("overtaken.task"))
    if now.review != seen.review:
        told.append(visit.text("overtaken.review"))
    return told


def _state(visit: Visit, basis: Basis) -> str:
    key = f"state.{basis.state}"
    return visit.text(key if key in TEXTS else "review.unpublished")
