"""(h) How long the API takes to answer while all cores encode, beside the same on a machine that does nothing else.

One API process and PostgreSQL, as in (a). What encodes is what a worker runs for a transcode: the same ffmpeg in the
same sandbox, with as many threads as cores and as low a priority, again and again. No worker takes the publications,
whose review would be measured too.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import clips, load
from bench.report import Report, spread
from bench.stage import FIRST_FILE, HOST, Stage, open_stage
from bench.wire import member
from minivod.jobs.kinds import threads
from minivod.media.encode import Cut, transcode
from minivod.media.metadata import MediaMetadata
from minivod.media.probe import probe
from minivod.media.sandbox import Sandbox
from minivod.media.workspace import job_directory
from minivod.settings import Settings
from minivod.templates.presets import TRANSCODE

TITLE = "(h) The API while all cores encode"
_AIM = 50.0
_TEMPLATE = 30
_WAIT_SECONDS = 60.0
IDLE, ENCODING = "idle", "encoding"


@dataclass(frozen=True)
class Plan:
    """How much is sent: `requests` by concurrency, for each state of the machine in each round."""

    rounds: int
    requests: dict[int, int]
    seconds: int
    warm_up: int

    @property
    def files(self) -> int:
        """Videos that are published in all."""
        return self.warm_up + 2 * self.rounds * sum(self.requests.values())


FULL = Plan(rounds=5, requests={1: 1000, 16: 4000}, seconds=60, warm_up=1000)
QUICK = Plan(rounds=1, requests={1: 50, 16: 200}, seconds=2, warm_up=50)


@dataclass
class Figures:
    """Of one request at one concurrency, a value for each round: answers a second, and latencies in milliseconds."""

    rate: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)

    def add(self, measured: load.Load) -> None:
        """Takes in a round."""
        self.rate.append(measured.rate)
        self.p50.append(measured.percentile(0.50))
        self.p99.append(measured.percentile(0.99))
        self.most.append(measured.percentile(1.0))


def run(*, quick: bool) -> Report:
    """Measures and reports."""
    plan = QUICK if quick else FULL
    with open_stage(plan.files) as stage:
        return report(measure(stage, plan), plan)


def measure(stage: Stage, plan: Plan, first: int = FIRST_FILE) -> dict[tuple[int, str, str], Figures]:
    """The figures by concurrency, request (`publish`, `read`) and state of the machine (IDLE, ENCODING).

    `first` is the FileId from which on videos are published.
    """
    found: dict[tuple[int, str, str], Figures] = {}
    files = iter(range(first, first + plan.files))
    _turn(stage, files, 16, plan.warm_up)
    stage.take_stock()
    video = clips.bunny(stage.home, plan.seconds)
    for _ in range(plan.rounds):
        for state in (IDLE, ENCODING):
            with encoding(video) if state == ENCODING else _nothing() as check:
                for concurrency, number in plan.requests.items():
                    for request, measured in _turn(stage, files, concurrency, number).items():
                        found.setdefault((concurrency, request, state), Figures()).add(measured)
                        check()
    return found


def _turn(stage: Stage, files: Iterator[int], concurrency: int, number: int) -> dict[str, load.Load]:
    """Publications, and then the tasks that they made; requests are signed before the clock runs."""
    publish = [
        stage.signer.request("WeChatMiniProgramPublish", {"FileId": str(next(files)), "SourceDefinition": 0})
        for _ in range(number)
    ]
    accepted = load.send(HOST, stage.api, publish, concurrency)
    tasks = [member(answer, "TaskId") for answer in accepted.answers]
    read = [stage.signer.request("DescribeTaskDetail", {"TaskId": task}) for task in tasks]
    described = load.send(HOST, stage.api, read, concurrency)
    for answer in described.answers:
        member(answer, "Status")
    return {"publish": accepted, "read": described}


Check = Callable[[], None]


@contextmanager
def _nothing() -> Iterator[Check]:
    yield lambda: None


@contextmanager
def encoding(video: Path) -> Iterator[Check]:
    """Encodes the video again and again until the block ends; the check raises RuntimeError when that has ended."""
    loop = asyncio.new_event_loop()
    begun = threading.Event()
    work = loop.create_task(_encode(video, begun.set))

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError, Exception):
            loop.run_until_complete(work)
        begun.set()

    thread = threading.Thread(target=run, name="encoding")
    thread.start()

    def check() -> None:
        if work.done():
            raise RuntimeError(f"the encoding ended: {work.exception()!r}")

    try:
        if not begun.wait(_WAIT_SECONDS):
            raise RuntimeError("the encoding did not begin")
        check()
        yield check
    finally:
        loop.call_soon_threadsafe(work.cancel)
        thread.join()
        loop.close()


async def _encode(video: Path, begun: Callable[[], None]) -> None:
    settings = Settings()
    sandbox = Sandbox.from_settings(settings)
    metadata = await probe(sandbox, video)
    while True:
        await _encode_once(sandbox, video, metadata, threads(settings), begun)


async def _encode_once(
    sandbox: Sandbox, video: Path, metadata: MediaMetadata, cores: int, begun: Callable[[], None]
) -> None:
    """As a worker does it; tells when ffmpeg says that it is on its way."""
    with job_directory(video.parent, "attempt") as work:
        source, place = work / "source", work / "made"
        source.hardlink_to(video)
        place.mkdir()
        await transcode(
            sandbox,
            source,
            metadata,
            TRANSCODE[_TEMPLATE].settings,
            cut=Cut(),
            marks=[],
            place=place,
            threads=cores,
            on_progress=lambda _: begun(),
        )


def report(found: dict[tuple[int, str, str], Figures], plan: Plan) -> Report:
    """The table, and how much was sent."""
    made = Report(TITLE, ["c", "request", "machine", "a second", "p50 ms", "p99 ms", "most ms", "aim"])
    for concurrency in plan.requests:
        for request in ("publish", "read"):
            for state in (IDLE, ENCODING):
                figures = found[concurrency, request, state]
                made.add(
                    str(concurrency),
                    request,
                    state,
                    spread(figures.rate),
                    spread(figures.p50, ".2f"),
                    spread(figures.p99, ".2f"),
                    spread(figures.most, ".1f"),
                    f"p99 ≤ {_AIM:.0f} ms" if state == ENCODING else "",
                )
    sent = ", ".join(f"{number} at c={concurrency}" for concurrency, number in plan.requests.items())
    made.notes.append(
        f"Median of {plan.rounds} rounds (least to most); in each round {sent}, on the idle machine and then while a "
        f"720p video of {plan.seconds} s is encoded by template {_TEMPLATE}."
    )
    return made
