"""(g) From an accepted transcode to its event, as a ratio to the same ffmpeg command run bare on the same machine.

A real `minivod serve` with nothing else to do, and the very command that its worker runs, with the same threads and as
low a priority, but without server, sandbox and checks, take turns. The clock runs from the answer of ProcessMedia to
the event in a long poll of PullEvents.
"""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench import clips
from bench.caller import Caller, finished
from bench.report import Report, spread
from minivod.cli.local_server import LocalServer, start_local_server
from minivod.jobs.kinds import threads
from minivod.media.encode import Cut, transcode
from minivod.media.probe import probe
from minivod.media.sandbox import Argument, Completed, Limits, Sandbox
from minivod.media.tools import ffmpeg_path
from minivod.settings import Settings
from minivod.templates.presets import TRANSCODE

TITLE = "(g) A transcode from accepted to event, of a 720p MP4"
_AIMS = {60: 1.03, 5: 1.10}
"""By seconds of the source."""
_TEMPLATES = (10, 30)
"""320 and 1280 pixels wide, H.264: the reference's example, and one that keeps the size."""
_ROUNDS = 5
_QUICK_SECONDS = 2
_STEPS = ("waited", "fetch", "probe", "make", "conclude", "event")


@dataclass(frozen=True)
class Command:
    """What the worker runs: ffmpeg's command line, the directory that it runs in, and the niceness of it."""

    argv: Sequence[str]
    directory: Path
    nice: int

    def run(self) -> float:
        """Seconds that it takes bare."""
        argv = ["/usr/bin/env", "nice", "-n", str(self.nice), *self.argv]
        begun = time.perf_counter()
        # A session of its own, as tools have it: Linux shares processors out among sessions (sched_autogroup) first.
        subprocess.run(
            argv,
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            start_new_session=True,
        )
        return time.perf_counter() - begun


@dataclass
class Pairs:
    """Of one source and template: seconds bare and through the server, and what the server logged, for each pair."""

    bare: list[float] = field(default_factory=list)
    served: list[float] = field(default_factory=list)
    steps: list[dict[str, float]] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Of the pairs."""
        return [served / bare for served, bare in zip(self.served, self.bare, strict=True)]


class _Recorder(Sandbox):
    """Notes how ffmpeg is called."""

    def __init__(self, limits: Limits, *, ffmpeg: str) -> None:
        super().__init__(limits, ffmpeg=ffmpeg)
        self.commands = list[Command]()

    async def run(self, argv: Sequence[Argument], **options: Any) -> Completed:
        if Path(argv[0]) == ffmpeg_path(self.ffmpeg):
            self.commands.append(Command([*map(str, argv)], options["directory"], options["limits"].nice))
        return await super().run(argv, **options)


def run(*, quick: bool) -> Report:
    """Makes the videos, measures and reports."""
    lengths = [_QUICK_SECONDS] if quick else list(_AIMS)
    found = dict[tuple[int, int], Pairs]()
    with tempfile.TemporaryDirectory(prefix="minivod-bench-") as name:
        home = Path(name)
        home.chmod(0o755)
        with start_local_server(home / "data") as server:
            for seconds in lengths:
                work = home / str(seconds)
                work.mkdir()
                video = clips.bunny(work, seconds)
                for template in _TEMPLATES[:1] if quick else _TEMPLATES:
                    found[seconds, template] = measure(server, video, template, 1 if quick else _ROUNDS)
    return report(found)


def measure(server: LocalServer, video: Path, template: int, rounds: int) -> Pairs:
    """Bare and served in turn; each has run once before the clock runs."""
    caller = Caller(server)
    file_id = caller.upload(video)
    command = asyncio.run(command_of(video, template))
    command.run()
    _served(caller, file_id, template)
    pairs = Pairs()
    for _ in range(rounds):
        pairs.bare.append(command.run())
        task_id, seconds = _served(caller, file_id, template)
        line = finished(server.log, f"{task_id.removesuffix('0')}1")
        steps = {"waited": line["waited"], **line["seconds"]}
        pairs.served.append(seconds)
        pairs.steps.append({**steps, "event": seconds - sum(steps.values())})
    return pairs


async def command_of(video: Path, template: int) -> Command:
    """The command of a worker with ordinary settings; what it reads and writes is left there for it."""
    settings = Settings()
    sandbox = _Recorder(Sandbox.from_settings(settings).limits, ffmpeg=settings.ffmpeg)
    place = video.parent / f"made-{template}"
    place.mkdir()
    await transcode(
        sandbox,
        video,
        await probe(sandbox, video),
        TRANSCODE[template].settings,
        cut=Cut(),
        marks=[],
        place=place,
        threads=threads(settings),
        on_progress=lambda _: None,
    )
    [command] = sandbox.commands
    return command


def _served(caller: Caller, file_id: str, template: int) -> tuple[str, float]:
    """The TaskId, and the seconds from the answer to the event."""
    process = {"TranscodeTaskSet": [{"Definition": template}]}
    task_id = str(caller.call("ProcessMedia", FileId=file_id, MediaProcessTask=process)["TaskId"])
    accepted = time.perf_counter()
    event, pulled = caller.event(task_id, "ProcedureStateChangeEvent")
    [result] = event["MediaProcessResultSet"]
    if result["TranscodeTask"]["Status"] != "SUCCESS":
        raise RuntimeError(f"the transcode failed: {result['TranscodeTask']}")
    return task_id, pulled - accepted


def report(found: dict[tuple[int, int], Pairs]) -> Report:
    """The table by source and template."""
    columns = ["source", "template", "bare s", "minivod s", "times bare", "aim", f"ms: {', '.join(_STEPS)}"]
    made = Report(TITLE, columns)
    for (seconds, template), pairs in found.items():
        steps = [median(1000 * step.get(name, 0.0) for step in pairs.steps) for name in _STEPS]
        made.add(
            f"{seconds} s",
            str(template),
            spread(pairs.bare, ".2f"),
            spread(pairs.served, ".2f"),
            spread(pairs.ratios, ".2f"),
            f"≤ {_AIMS[seconds]:.2f}" if seconds in _AIMS else "",
            ", ".join(f"{step:.0f}" for step in steps),
        )
    rounds = max(len(pairs.served) for pairs in found.values())
    made.notes.append(
        f"Median of {rounds} pairs (least to most). `make` is ffmpeg and the check of what it made; `event` is from "
        "the end of the step to the event in the caller's hands, and the rest."
    )
    return made
