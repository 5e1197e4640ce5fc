"""(d) Review of a long 720p video as a multiple of real time, with the share of each part; without server or database.

One video shows what cameras and studios make, one is a recorded lecture; text rolls over the others, the worst that
can happen to review. They are decoded in the sandbox and inspected by the detectors just as a worker does it.
"""

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench import clips
from bench.processes import below_seconds
from bench.report import Report, spread
from minivod.media.frames import frames
from minivod.media.probe import probe
from minivod.media.sandbox import Sandbox
from minivod.review.detectors import DetectorConfig, load_detectors
from minivod.review.model import ReviewRecord
from minivod.review.policy import Policy
from minivod.review.run import review
from minivod.settings import Settings

TITLE = "(d) Review of a 720p video"
_KINDS: dict[str, tuple[Callable[[Path, int], Path], int, str]] = {
    "natural": (clips.natural, 600, "≥ 15"),
    "lecture": (clips.lecture, clips.PART_SECONDS, "≥ 10"),
    "credits": (clips.rolling_credits, clips.PART_SECONDS, "≥ 6"),
    "full of text": (clips.full_of_text, clips.PART_SECONDS, "≥ 6"),
}
"""How a kind of video is made, its seconds, and the aim; reading much text takes so long that such videos are short."""
_QUICK_SECONDS = 3
_ROUNDS = 3


@dataclass
class Figures:
    """Of one video: a multiple of real time for each round; seconds of each part, all rounds together."""

    length: float
    speed: list[float] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    record: ReviewRecord | None = None
    detectors: list[str] = field(default_factory=list)


def run(*, quick: bool) -> Report:
    """Makes the videos, measures and reports."""
    rounds = 1 if quick else _ROUNDS
    with tempfile.TemporaryDirectory(prefix="minivod-bench-") as name:
        work = Path(name)
        work.chmod(0o755)
        videos = {kind: make(work, _QUICK_SECONDS if quick else seconds) for kind, (make, seconds, _) in _KINDS.items()}
        found = {kind: asyncio.run(measure(video, rounds)) for kind, video in videos.items()}
    return _report(found)


async def measure(video: Path, rounds: int) -> Figures:
    """Reviews the video again and again, each time by detectors that remember nothing of it."""
    settings = Settings()
    config = DetectorConfig(models_dir=settings.models_path())
    sandbox = Sandbox.from_settings(settings)
    policy = Policy.make({}, settings.review_on_review, settings.review_on_uncovered)
    metadata = await probe(sandbox, video)
    figures = Figures(metadata.duration)
    for _ in range(rounds):
        detectors = load_detectors(config)
        begun, decoding = time.perf_counter(), below_seconds()
        result = await review(frames(sandbox, video, metadata, settings.review_interval), detectors, policy)
        figures.speed.append(metadata.duration / (time.perf_counter() - begun))
        figures.parts["decoding"] += below_seconds() - decoding
        for part, seconds in result.record.seconds.items():
            figures.parts[part] += seconds
        figures.record = result.record
        figures.detectors = [detector.name for detector in detectors.detectors]
    return figures


def _report(found: dict[str, Figures]) -> Report:
    detectors = next(iter(found.values())).detectors
    parts = ["decoding", "similar", *detectors]
    columns = ["video", "times real time", "aim", "decision", "samples", "inspected", *(f"{part} %" for part in parts)]
    report = Report(TITLE, [*columns, *(f"{detector} ms" for detector in detectors)])
    for kind, figures in found.items():
        record, everything = figures.record, sum(figures.parts.values())
        if record is None:
            raise RuntimeError("nothing was reviewed")
        inspected = record.samples_inspected * len(figures.speed)
        report.add(
            f"{kind}, {figures.length:.0f} s",
            spread(figures.speed, ".1f"),
            _KINDS[kind][2],
            record.decision,
            str(record.samples_seen),
            str(record.samples_inspected),
            *(f"{100 * figures.parts[part] / everything:.0f}" for part in parts),
            *(f"{1000 * figures.parts[detector] / inspected:.0f}" for detector in detectors),
        )
    rounds = max(len(figures.speed) for figures in found.values())
    report.notes.append(
        f"Median of {rounds} rounds (least to most). Shares are of the processor time of the decoder (a process of its "
        "own) and the time that the detectors and the search for near-duplicates took in their threads; ms are for an "
        f"inspected sample. Of a longer video {clips.PART_SECONDS} s are encoded and then repeated."
    )
    return report
