"""Finds the detectors that are installed (entry points `minivod.detectors`) and says what they cover."""

import importlib.metadata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from minivod.review.model import CATEGORIES, WIRE_TYPE_OF, WIRE_TYPES, Detector, DetectorUnavailable, Listener
from minivod.review.services import Service
from minivod.settings import Settings

GROUP = "minivod.detectors"
NO_DETECTOR = (
    f"no detector for it is installed; a package with an entry point of the group {GROUP} can add one (docs/review.md)"
)


@dataclass(frozen=True)
class DetectorConfig:
    """What a detector gets to know when it is made.

    Attributes:
        models_dir: where `minivod models install` puts models.
        word_lists_dir: the operator's own word lists; None: only the built-in ones.
        detail: longer side of the frames of videos, pixels.
        threads: that one inference may use; 1, because `review` inspects as many samples at once as there are cores.
        clip_dir: a CLIP-like model of the operator's, with its prompts; None: there is none.
    """

    models_dir: Path
    word_lists_dir: Path | None = None
    detail: int = 640
    threads: int = 1
    clip_dir: Path | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> "DetectorConfig":
        """That of a server."""
        return cls(
            models_dir=settings.models_path(),
            word_lists_dir=Path(settings.word_lists_dir) if settings.word_lists_dir else None,
            detail=settings.review_detail,
            clip_dir=Path(settings.clip_dir) if settings.clip_dir else None,
        )


@dataclass(frozen=True)
class DetectorSet:
    """The detectors of this process.

    Attributes:
        detectors: those that work, and look at frames.
        unavailable: name of a detector that does not work here -> why, and how to change that.
        wanted: the categories whose findings count.
        listeners: those that work, and listen to sound.
        services: reviewers from outside.
    """

    detectors: tuple[Detector, ...]
    unavailable: dict[str, str] = field(default_factory=dict)
    _missing: dict[str, str] = field(default_factory=dict)
    wanted: frozenset[str] = CATEGORIES
    listeners: tuple[Listener, ...] = ()
    services: tuple[Service, ...] = ()

    @property
    def all(self) -> tuple[Detector | Listener | Service, ...]:
        """Those that look, those that listen, and those that are asked."""
        return (*self.detectors, *self.listeners, *self.services)

    def without(self, away: Mapping[str, str]) -> "DetectorSet":
        """What is left when these services are away, each with the reason."""
        gone = [one for one in self.services if one.name in away]
        missing = {name: away[one.name] for one in gone for name in one.categories}
        left = tuple(one for one in self.services if one.name not in away)
        return replace(self, services=left, _missing={**self._missing, **missing})

    def narrowed(self, wanted: frozenset[str]) -> "DetectorSet":
        """The detectors that look for these categories: only what they find of these counts, and others are no gap."""
        detectors = tuple(one for one in self.detectors if one.categories & wanted)
        listeners = tuple(one for one in self.listeners if one.categories & wanted)
        services = tuple(one for one in self.services if one.categories & wanted)
        return replace(self, detectors=detectors, listeners=listeners, services=services, wanted=wanted)

    @property
    def covered(self) -> list[str]:
        """The wire types that are looked for, in the order of `WIRE_TYPES`."""
        found = {category for detector in self.all for category in detector.categories & self.wanted}
        return [wire for wire in WIRE_TYPES if wire in found]

    @property
    def partly(self) -> dict[str, str]:
        """The covered wire types that are looked for in part only, each with which part: `remarks` of detectors."""
        remarks = {wire: text for one in self.all for wire, text in getattr(one, "remarks", {}).items()}
        return {wire: remarks[wire] for wire in self.covered if wire in remarks}

    @property
    def uncovered(self) -> dict[str, str]:
        """The wire types that are wanted and that nothing looks for, each with the reason and what would help."""
        covered = set(self.covered)
        missed = {WIRE_TYPE_OF[category] for category in self.wanted} - covered
        return {wire: self._missing.get(wire, NO_DETECTOR) for wire in WIRE_TYPES if wire in missed}


class DetectorError(Exception):
    """A detector's package is faulty; the message names it. The process must not start without it."""


def load_detectors(config: DetectorConfig) -> DetectorSet:
    """Makes every installed detector; models are loaded here, once per process.

    Raises:
        DetectorError: a detector cannot be imported or does not follow the protocol.
        WordListError: a word list of the operator is wrong.
        SettingsError: a model of the operator cannot be used.
    """
    points = sorted(importlib.metadata.entry_points(group=GROUP), key=lambda point: point.name)
    return make_detectors(((point.name, point.load) for point in points), config)


def make_detectors(factories: Iterable[tuple[str, Callable[[], object]]], config: DetectorConfig) -> DetectorSet:
    """Like `load_detectors`, from (name, loader of the class or function) pairs."""
    made: list[Detector | Listener] = []
    unavailable: dict[str, str] = {}
    missing: dict[str, str] = {}
    for name, load in factories:
        factory = _factory(name, load)
        try:
            made.append(_checked(name, factory(config)))
        except DetectorUnavailable as reason:
            unavailable[name] = str(reason)
            missing |= dict.fromkeys(getattr(factory, "categories", ()), str(reason))
    return DetectorSet(
        tuple(one for one in made if isinstance(one, Detector)),
        unavailable,
        missing,
        listeners=tuple(one for one in made if isinstance(one, Listener)),
    )


def _factory(name: str, load: Callable[[], object]) -> Callable[[DetectorConfig], object]:
    try:
        factory = load()
    except Exception as error:  # foreign code may raise anything at import
        raise DetectorError(f"the detector {name} cannot be imported: {error!r}") from error
    if not callable(factory):
        raise DetectorError(f"the entry point {name} of {GROUP} names {factory!r}, which cannot be called")
    return factory


def _checked(name: str, detector: object) -> Detector | Listener:
    if not isinstance(detector, Detector | Listener):
        raise DetectorError(f"the detector {name} lacks name, categories, or inspect or listen: {detector!r}")
    unknown = set(detector.categories) - CATEGORIES
    if unknown or not detector.categories:
        raise DetectorError(
            f"the detector {name} must declare categories out of {', '.join(sorted(CATEGORIES))}, "
            f"not {', '.join(sorted(unknown)) or 'none'}"
        )
    return detector
