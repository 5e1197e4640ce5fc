"""(l) A greedy tenant: what a quiet one waits for while another one floods the server with all that it can ask for."""

import http.client
import multiprocessing
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event

import msgspec
import psycopg

from bench import load
from bench.report import Report, spread
from bench.signed import Signer
from bench.stage import FIRST_FILE, HOST, Stage, open_stage
from bench.wire import member

TITLE = "(l) A greedy tenant"
ALONE, FLOODED = "alone", "flooded"
RATE_LIMIT = 100
"""The default of the setting."""
_GREEDY = 1999999999
_GREEDY_KEY = "AKIDgreedygreedygreedygreedygreedy01"
_GREEDY_FILE = 2 * 10**18
_VIDEOS = 400
_CONNECTIONS = 16
_STEPS = [{"Definition": number} for number in (10, 20, 30, 40)]


@dataclass(frozen=True)
class Plan:
    """Rounds, requests of each kind in one, seconds between them, and transcodes that the greedy one has queued."""

    rounds: int
    requests: int
    pause: float
    queued: int

    @property
    def files(self) -> int:
        """Videos that the quiet one needs."""
        return self.rounds * self.requests * 2 + 1


FULL, QUICK = Plan(3, 100, 0.02, 1000), Plan(1, 3, 0.0, 8)


@dataclass
class Figures:
    """p50 and p99 of the rounds, milliseconds."""

    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)


@dataclass
class Found:
    """Figures by request and state, requests a second of the flood, and the place of a task of the quiet one."""

    figures: dict[tuple[str, str], Figures] = field(default_factory=dict)
    flood: list[float] = field(default_factory=list)
    place: tuple[int, int] = (0, 0)


def run(*, quick: bool) -> Report:
    """Measures and reports."""
    plan = QUICK if quick else FULL
    with open_stage(plan.files, rate_limit=RATE_LIMIT) as stage:
        return report(measure(stage, plan), plan)


def measure(stage: Stage, plan: Plan, first: int = FIRST_FILE) -> Found:
    """The figures; `first` is the FileId from which on videos of the quiet tenant are published."""
    found, files = Found(), iter(range(first, first + plan.files))
    greedy = _greedy(stage, plan.queued)
    stage.take_stock()
    _queue(stage, greedy, plan.queued)
    for _ in range(plan.rounds):
        for state in (ALONE, FLOODED):
            with _flood(greedy, stage.api, found.flood) if state == FLOODED else _nothing():
                for name, times in _turn(stage, files, plan).items():
                    figures = found.figures.setdefault((name, state), Figures())
                    figures.p50.append(times[len(times) // 2] * 1000)
                    figures.p99.append(times[min(int(len(times) * 0.99), len(times) - 1)] * 1000)
    found.place = _place(stage, str(next(files)))
    return found


def _greedy(stage: Stage, queued: int) -> Signer:
    """The other account, with videos."""
    with psycopg.connect(stage.database_url, autocommit=True) as connection:
        connection.execute(
            """with a as (insert into account (app_id) values (%(app)s) returning app_id),
                    s as (insert into sub_app (sub_app_id, app_id, name, play_key)
                          select app_id, app_id, 'greedy', '' from a)
               insert into access_key (secret_id, app_id, secret_key) select %(key)s, app_id, 'greedy' from a""",
            {"app": _GREEDY, "key": _GREEDY_KEY},
        )
        connection.execute(
            """insert into media (file_id, sub_app_id, directory, name, media_type, object_key, metadata)
               select n::text, %(app)s, md5(n::text), 'video', 'mp4', 'media/' || n || '.mp4',
                      '{"container": "mp4", "duration": 60.0}'
                 from generate_series(%(first)s::bigint, %(last)s::bigint) n""",
            {"app": _GREEDY, "first": _GREEDY_FILE, "last": _GREEDY_FILE + max(queued, _VIDEOS) - 1},
        )
    return Signer(f"{HOST}:{stage.api}", _GREEDY_KEY, "greedy")


def _queue(stage: Stage, greedy: Signer, steps: int) -> None:
    """Has that many transcodes waiting, within the limit of its calls."""
    client = http.client.HTTPConnection(HOST, stage.api)
    for number in range(steps // len(_STEPS)):
        task = {"FileId": str(_GREEDY_FILE + number), "MediaProcessTask": {"TranscodeTaskSet": _STEPS}}
        _timed(client, greedy, "ProcessMedia", task, "TaskId")
        time.sleep(1 / RATE_LIMIT)
    client.close()


def _turn(stage: Stage, files: Iterator[int], plan: Plan) -> dict[str, list[float]]:
    """What the quiet tenant asks, one request after the other: seconds of each, ascending."""
    client, times = http.client.HTTPConnection(HOST, stage.api), dict[str, list[float]]()
    for _ in range(plan.requests):
        file_id = str(next(files))
        for name, asked, answer in (
            ("WeChatMiniProgramPublish", {"FileId": file_id, "SourceDefinition": 0}, "TaskId"),
            ("DescribeMediaInfos", {"FileIds": [file_id], "Filters": ["basicInfo"]}, "MediaInfoSet"),
            ("SearchMedia", {"Limit": 10, "Filters": ["basicInfo"]}, "TotalCount"),
        ):
            times.setdefault(name, []).append(_timed(client, stage.signer, name, asked, answer))
        time.sleep(plan.pause)
    client.close()
    return {name: sorted(found) for name, found in times.items()}


def _timed(
    client: http.client.HTTPConnection, signer: Signer, action: str, asked: Mapping[str, object], answer: str
) -> float:
    body = msgspec.json.encode(asked)
    headers = signer.headers(action, body)
    begun = time.perf_counter()
    client.request("POST", "/", body, headers)
    said = client.getresponse().read()
    seconds = time.perf_counter() - begun
    member(said, answer)
    return seconds


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _flood(greedy: Signer, port: int, rates: list[float]) -> Iterator[None]:
    """Another process asks for all it can while the block runs; its requests a second go to `rates`."""
    context = multiprocessing.get_context("spawn")
    ends, ours = context.Event(), context.Queue()
    process = context.Process(target=flood, args=(greedy, port, ends, ours), daemon=True)
    process.start()
    ours.get()  # it has begun
    try:
        yield
    finally:
        ends.set()
        rates.append(ours.get())
        process.join()


def flood(greedy: Signer, port: int, ends: Event, told: "Queue[float]") -> None:
    """Publishes, searches, pulls and processes on 16 connections until `ends` is set; most is refused by then."""
    told.put(0.0)
    begun, sent = time.perf_counter(), 0
    while not ends.is_set():
        requests = []
        for number in range(100):
            file_id = str(_GREEDY_FILE + (sent + number) % _VIDEOS)
            task = {"FileId": file_id, "MediaProcessTask": {"TranscodeTaskSet": _STEPS}}
            requests += [
                greedy.request("WeChatMiniProgramPublish", {"FileId": file_id, "SourceDefinition": 0}),
                greedy.request("SearchMedia", {"Names": ["video"], "Limit": 100}),
                greedy.request("PullUpload", {"MediaUrl": "http://video.example/a.mp4"}),
                greedy.request("ProcessMedia", task),
            ]
        sent += len(load.send(HOST, port, requests, _CONNECTIONS).answers)
    told.put(sent / (time.perf_counter() - begun))


def _place(stage: Stage, file_id: str) -> tuple[int, int]:
    """Where a transcode that the quiet tenant asks for now stands in its queue, and of how many."""
    client = http.client.HTTPConnection(HOST, stage.api)
    task = {"FileId": file_id, "MediaProcessTask": {"TranscodeTaskSet": _STEPS[:1]}}
    _timed(client, stage.signer, "ProcessMedia", task, "TaskId")
    client.close()
    with psycopg.connect(stage.database_url) as connection:
        rows = connection.execute(
            """select t.sub_app_id from procrastinate_jobs j join task t on t.task_id = j.args ->> 'task_id'
                where j.status = 'todo' and j.queue_name = 'encode' order by j.priority desc, j.id"""
        ).fetchall()
    return next(number for number, row in enumerate(rows, 1) if row[0] != _GREEDY), len(rows)


def report(found: Found, plan: Plan) -> Report:
    """The table."""
    columns = ["request", "p50 ms alone", "flooded", "p99 ms alone", "flooded", "times p99"]
    table = Report(TITLE, columns)
    for name in dict.fromkeys(name for name, _ in found.figures):
        alone, flooded = found.figures[name, ALONE], found.figures[name, FLOODED]
        ratio = [with_ / without for without, with_ in zip(alone.p99, flooded.p99, strict=True)]
        table.add(
            name, spread(alone.p50, ".1f"), spread(flooded.p50, ".1f"), spread(alone.p99, ".1f"),
            spread(flooded.p99, ".1f"), spread(ratio, ".1f"),
        )  # fmt: skip
    place, of = found.place
    table.notes.append(
        f"Median of {plan.rounds} rounds (least to most), {plan.requests} requests of each kind in one. The flood was "
        f"{spread(found.flood)} requests a second. A transcode of the quiet one stood at place {place} of {of}."
    )
    return table
