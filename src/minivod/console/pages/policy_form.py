"""The policy of an application as a form: each category with its thresholds, wanted or not, and two consequences."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from minivod.console.forms import Form
from minivod.console.visit import Visit
from minivod.publishing import own_policies
from minivod.publishing.own_policies import Edit, PolicyError
from minivod.review.own_policy import OwnPolicy
from minivod.review.policy import THRESHOLDS, Policy

_CONSEQUENCES = ("", "reject", "pass")


class BadPolicy(Exception):
    """The form is no policy; `key` is that of the text that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Row(NamedTuple):
    """A category: what the settings say, what the application says (empty: the same), and whether it is wanted."""

    name: str
    base: Sequence[float]
    own: Sequence[float]
    wanted: bool


class Shown(NamedTuple):
    """A policy as the page has it; `unreadable` says why it cannot be read, and is empty else."""

    rows: list[Row]
    own: OwnPolicy
    base: Policy
    is_own: bool
    unreadable: str


async def shown(visit: Visit, sub_app_id: int) -> Shown:
    """That of an application, over that of the settings."""
    settings, unreadable = visit.site.services.settings, ""
    base = Policy.make(settings.review_thresholds, settings.review_on_review, settings.review_on_uncovered)
    try:
        own = await own_policies.current(visit.db, sub_app_id)
    except PolicyError as error:
        own, unreadable = None, str(error)
    known = own or OwnPolicy()
    wanted = base.thresholds.keys() if known.categories is None else known.categories
    rows = [
        Row(name, base.thresholds[name], known.thresholds.get(name, ()), name in wanted)
        for name in sorted(base.thresholds)
    ]
    return Shown(rows, known, base, own is not None, unreadable)


def edit(form: Form) -> Edit:
    """The change that a form asks for; raises BadPolicy."""
    whole = _read(form)
    return lambda _: whole


def _read(form: Form) -> OwnPolicy:
    thresholds, names = dict[str, list[float]](), sorted(THRESHOLDS)
    for name in names:
        texts = [form.one(f"{name}.{grade}").strip() for grade in ("review", "block", "extreme")]
        if any(texts):
            thresholds[name] = _limits(texts)
    wanted = [name for name in names if name in form.all("category")]
    if not wanted:
        raise BadPolicy("policy.none_wanted")
    said = {name: form.one(name) for name in ("on_review", "on_uncovered")}
    if any(value not in _CONSEQUENCES for value in said.values()):
        raise BadPolicy("error.form")
    values: dict[str, Any] = {
        "thresholds": thresholds,
        "categories": None if wanted == names else wanted,
        **{name: value or None for name, value in said.items()},
    }
    return msgspec.convert(values, OwnPolicy)


def _limits(texts: Sequence[str]) -> list[float]:
    """Three ascending numbers from 0 to 100."""
    try:
        limits = [float(text) for text in texts]
    except ValueError:
        raise BadPolicy("policy.bad_limits") from None
    if not all(math.isfinite(one) and 0 <= one <= 100 for one in limits) or limits != sorted(limits):
        raise BadPolicy("policy.bad_limits")
    return limits
