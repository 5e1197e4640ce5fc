"""(a) How many signed requests a second one API process answers, as a ratio to a bare endpoint on the same machine.

The bare endpoint (without a log, and with uvicorn's), WeChatMiniProgramPublish and DescribeTaskDetail take turns
within a round, each with the same client; the bare endpoint gets the very requests that publish gets. Every publish
names a video of its own and is accepted: task and job are committed to a real PostgreSQL. The API writes its access
log to a file, as bare endpoints do. The rate limit is off, because it would be all that is measured; no worker runs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import mean

import msgspec

from bench import load, processes
from bench.load import Load, LoadFailed
from bench.report import Report, spread
from bench.stage import FIRST_FILE, HOST, Stage, open_stage

TITLE = "(a) Signed requests, one API process"
AIMS = {"publish": "≥ 20 %, p99 ≤ 15 ms", "read": "≥ 35 %"}
_WARM_UP_CONCURRENCY = 16


@dataclass(frozen=True)
class Plan:
    """How much is sent: `requests` by concurrency in each round; the bare endpoint gets each `bare` times."""

    rounds: int
    requests: dict[int, int]
    bare: int
    warm_up: int

    @property
    def files(self) -> int:
        """Videos that are published in all."""
        return self.warm_up + self.rounds * sum(self.requests.values())


FULL = Plan(rounds=3, requests={1: 1000, 16: 6000, 32: 6000}, bare=3, warm_up=1000)
QUICK = Plan(rounds=1, requests={1: 100, 16: 400, 32: 400}, bare=2, warm_up=50)


@dataclass(frozen=True)
class Measured:
    """One load, and the processor time of client, API and database for each of its requests, microseconds."""

    load: Load
    client: float
    api: float
    database: float


@dataclass
class Figures:
    """Of one subject at one concurrency, a value for each round.

    `ratio` is per cent of the bare endpoint, `ratio_logging` of the one with a log; `p50` and `p99` are milliseconds,
    `client`, `api` and `database` microseconds of processor time for a request.
    """

    rate: list[float] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)
    ratio_logging: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    client: list[float] = field(default_factory=list)
    api: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def add(self, measured: Measured, bare: Measured, logging: Measured) -> None:
        """Takes in a round."""
        self.rate.append(measured.load.rate)
        self.ratio.append(100 * measured.load.rate / bare.load.rate)
        self.ratio_logging.append(100 * measured.load.rate / logging.load.rate)
        self.p50.append(measured.load.percentile(0.50))
        self.p99.append(measured.load.percentile(0.99))
        self.client.append(measured.client)
        self.api.append(measured.api)
        self.database.append(measured.database)


def run(*, quick: bool) -> Report:
    """Measures and reports."""
    plan = QUICK if quick else FULL
    with open_stage(plan.files) as stage:
        return report(measure(stage, plan), plan)


def measure(stage: Stage, plan: Plan) -> dict[tuple[int, str], Figures]:
    """The figures by concurrency and subject (`bare`, `bare, logging`, `publish`, `read`)."""
    results: dict[tuple[int, str], Figures] = {}
    files = iter(range(FIRST_FILE, FIRST_FILE + plan.files))
    _turn(stage, files, _WARM_UP_CONCURRENCY, plan.warm_up, 1)
    stage.take_stock()
    for _ in range(plan.rounds):
        for concurrency, number in plan.requests.items():
            measured = _turn(stage, files, concurrency, number, plan.bare)
            for subject, found in measured.items():
                figures = results.setdefault((concurrency, subject), Figures())
                figures.add(found, measured["bare"], measured["bare, logging"])
    return results


def _turn(stage: Stage, files: Iterator[int], concurrency: int, number: int, bare: int) -> dict[str, Measured]:
    """All subjects once, one after the other; requests are signed before the clock runs."""
    publish = [
        stage.signer.request("WeChatMiniProgramPublish", {"FileId": str(next(files)), "SourceDefinition": 0})
        for _ in range(number)
    ]
    yardsticks = {
        "bare": _load(stage, stage.bare, publish * bare, concurrency),
        "bare, logging": _load(stage, stage.bare_logging, publish * bare, concurrency),
    }
    accepted = _load(stage, stage.api, publish, concurrency)
    tasks = [member(answer, "TaskId") for answer in accepted.load.answers]
    read = [stage.signer.request("DescribeTaskDetail", {"TaskId": task}) for task in tasks]
    described = _load(stage, stage.api, read, concurrency)
    for answer in described.load.answers:
        member(answer, "Status")
    return {**yardsticks, "publish": accepted, "read": described}


def _load(stage: Stage, port: int, requests: Sequence[bytes], concurrency: int) -> Measured:
    before = _cpu(stage)
    done = load.send(HOST, port, requests, concurrency)
    api, database = (1e6 * (after - then) / len(requests) for then, after in zip(before, _cpu(stage), strict=True))
    return Measured(done, 1e6 * done.client_seconds / len(requests), api, database)


def _cpu(stage: Stage) -> tuple[float, float]:
    return processes.cpu_seconds([stage.api_pid]), processes.cpu_seconds(processes.tree(stage.database_pid))


def member(answer: bytes, name: str) -> str:
    """A member of a successful answer; a refused request must not count as a fast one."""
    members = msgspec.json.decode(answer)["Response"]
    if name not in members:
        raise LoadFailed(f"the server refused a request: {members}")
    return str(members[name])


def report(results: dict[tuple[int, str], Figures], plan: Plan) -> Report:
    """The table, and how much was sent."""
    columns = ["c", "request", "a second", "% of bare", "% of bare, logging", "aim", "p50 ms", "p99 ms"]
    made = Report(TITLE, [*columns, "µs: client, API, database"])
    for (concurrency, subject), figures in results.items():
        used = [mean(times) for times in (figures.client, figures.api, figures.database)]
        made.add(
            str(concurrency),
            subject,
            spread(figures.rate),
            spread(figures.ratio, ".1f") if subject in AIMS else "",
            spread(figures.ratio_logging, ".1f") if subject in AIMS else "",
            AIMS.get(subject, ""),
            spread(figures.p50, ".2f"),
            spread(figures.p99, ".2f"),
            ", ".join(f"{time:.0f}" for time in used),
        )
    sent = ", ".join(f"{number} at c={concurrency}" for concurrency, number in plan.requests.items())
    made.notes.append(
        f"Median of {plan.rounds} rounds (least to most); in each round {sent}, the bare endpoint {plan.bare} times "
        "as many. The last column is processor time for a request; of a bare endpoint only the client's was taken."
    )
    return made
