"""The policy of one application: what it changes of that of the settings, and which categories it wants at all."""

import hashlib
from collections.abc import Sequence
from typing import Literal

import msgspec

from minivod.review.detectors import DetectorSet
from minivod.review.model import CATEGORIES
from minivod.review.policy import Policy
from minivod.settings import SettingsError

Consequence = Literal["reject", "pass"]


class OwnPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What differs from the settings; a member that is None is as there.

    Attributes:
        thresholds: category -> [review, block, extreme], 0-100.
        on_review: what the suggestion "review" does to a video.
        on_uncovered: what a type does that no detector looked for, of those that are wanted.
        categories: what is looked for; findings of others do not count.
    """

    thresholds: dict[str, list[float]] = {}
    on_review: Consequence | None = None
    on_uncovered: Consequence | None = None
    categories: list[str] | None = None

    def __post_init__(self) -> None:
        """Raises ValueError, which names the member and the value that is wrong."""
        try:
            Policy.make(self.thresholds, what="thresholds")
        except SettingsError as error:
            raise ValueError(str(error)) from None
        if self.categories is not None:
            _check(self.categories)

    def over(self, base: Policy) -> Policy:
        """That policy with these changes."""
        own = Policy.make(self.thresholds)
        return Policy(
            {**base.thresholds, **{name: own.thresholds[name] for name in self.thresholds}},
            self.on_review or base.on_review,
            self.on_uncovered or base.on_uncovered,
        )

    def wanted(self, detectors: DetectorSet) -> DetectorSet:
        """The detectors that are needed for it; what they find of other categories does not count."""
        return detectors if self.categories is None else detectors.narrowed(frozenset(self.categories))

    def digest(self, base: str) -> str:
        """Of what a verdict depends on, from that of all but this policy; empty stays empty."""
        text = msgspec.json.encode(self, order="deterministic")
        return hashlib.sha256(base.encode() + b"\n" + text).hexdigest() if base else ""


def _check(categories: Sequence[str]) -> None:
    unknown = [name for name in categories if name not in CATEGORIES]
    if unknown or not categories:
        named = f"not {unknown[0]!r}" if unknown else "one at least"
        raise ValueError(f"categories must be out of {', '.join(sorted(CATEGORIES))}, {named}")
