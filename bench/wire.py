"""(a) How many signed requests a second one API process answers, as a ratio to a bare endpoint on the same machine.

The bare endpoint, WeChatMiniProgramPublish and DescribeTaskDetail take turns within a round, each with the same
client; the bare endpoint gets the very requests that publish gets. Every publish names a video of its own and is
accepted: task and job are committed to a real PostgreSQL. The rate limit is off, because it would be all that is
measured; no worker runs.
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


FULL = Plan(rounds=3, requests={1: 2000, 16: 10000, 32: 10000}, bare=3, warm_up=1000)
QUICK = Plan(rounds=1, requests={1: 100, 16: 400, 32: 400}, bare=2, warm_up=50)


@dataclass(frozen=True)
class Measured:
    """One load: `api` and `database` are the cores that these were using meanwhile."""

    load: Load
    api: float
    database: float


@dataclass
class Figures:
    """Of one subject at one concurrency, a value for each round; `ratio` in per cent, times in milliseconds."""

    rate: list[float] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    client: list[float] = field(default_factory=list)
    api: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def add(self, measured: Measured, bare_rate: float) -> None:
        """Takes in a round."""
        self.rate.append(measured.load.rate)
        self.ratio.append(100 * measured.load.rate / bare_rate)
        self.p50.append(measured.load.percentile(0.50))
        self.p99.append(measured.load.percentile(0.99))
        self.client.append(measured.load.client_cpu)
        self.api.append(measured.api)
        self.database.append(measured.database)


def run(*, quick: bool) -> Report:
    """Measures and reports."""
    plan = QUICK if quick else FULL
    with open_stage(plan.files) as stage:
        return report(measure(stage, plan), plan)


def measure(stage: Stage, plan: Plan) -> dict[tuple[int, str], Figures]:
    """The figures by concurrency and subject (`bare`, `publish`, `read`)."""
    results: dict[tuple[int, str], Figures] = {}
    files = iter(range(FIRST_FILE, FIRST_FILE + plan.files))
    _turn(stage, files, _WARM_UP_CONCURRENCY, plan.warm_up, 1)
    for _ in range(plan.rounds):
        for concurrency, number in plan.requests.items():
            measured = _turn(stage, files, concurrency, number, plan.bare)
            for subject, found in measured.items():
                figures = results.setdefault((concurrency, subject), Figures())
                figures.add(found, measured["bare"].load.rate)
    return results


def _turn(stage: Stage, files: Iterator[int], concurrency: int, number: int, bare: int) -> dict[str, Measured]:
    """All subjects once, one after the other; requests are signed before the clock runs."""
    publish = [
        stage.signer.request("WeChatMiniProgramPublish", {"FileId": str(next(files)), "SourceDefinition": 0})
        for _ in range(number)
    ]
    bare_load = _load(stage, stage.bare, publish * bare, concurrency)
    accepted = _load(stage, stage.api, publish, concurrency)
    tasks = [member(answer, "TaskId") for answer in accepted.load.answers]
    read = [stage.signer.request("DescribeTaskDetail", {"TaskId": task}) for task in tasks]
    described = _load(stage, stage.api, read, concurrency)
    for answer in described.load.answers:
        member(answer, "Status")
    return {"bare": bare_load, "publish": accepted, "read": described}


def _load(stage: Stage, port: int, requests: Sequence[bytes], concurrency: int) -> Measured:
    api, database = _cpu(stage)
    done = load.send(HOST, port, requests, concurrency)
    api_after, database_after = _cpu(stage)
    return Measured(done, (api_after - api) / done.seconds, (database_after - database) / done.seconds)


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
    columns = ["c", "request", "a second", "% of bare", "aim", "p50 ms", "p99 ms", "cores: client, API, database"]
    made = Report(TITLE, columns)
    for (concurrency, subject), figures in results.items():
        used = [mean(cores) for cores in (figures.client, figures.api, figures.database)]
        made.add(
            str(concurrency),
            subject,
            spread(figures.rate),
            spread(figures.ratio, ".1f") if subject in AIMS else "",
            AIMS.get(subject, ""),
            spread(figures.p50, ".2f"),
            spread(figures.p99, ".2f"),
            ", ".join(f"{cores:.2f}" for cores in used),
        )
    sent = ", ".join(f"{number} at c={concurrency}" for concurrency, number in plan.requests.items())
    made.notes.append(
        f"Median of {plan.rounds} rounds (least to most); in each round {sent}, the bare endpoint {plan.bare} times "
        "as many. The client's share of a core shows whether it holds anything back."
    )
    return made
