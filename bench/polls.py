"""(k) PullEvents that wait: what they occupy, and how soon an event reaches one of them."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench import processes
from bench.report import Report
from bench.signed import Signer
from bench.stage import HOST, Stage, open_stage
from minivod.actions import pull_events
from minivod.store import accounts, events
from minivod.store.database import Database

TITLE = "(k) Waiting PullEvents"
_MIB = 1024 * 1024
_PATIENCE = 60.0


@dataclass(frozen=True)
class Plan:
    """How many polls wait, how many events are told one after the other, and seconds.

    Those of `settle` pass until all polls wait, those of `watch` while nothing happens.
    """

    polls: int
    events: int
    watch: float
    settle: float


@dataclass
class Figures:
    """Bytes that the API process has more, its processor time in cores while nothing happens, and seconds to wake."""

    memory: int = 0
    idle: float = 0.0
    seconds: list[float] = field(default_factory=list)

    def percentile(self, part: float) -> float:
        """Seconds within which that part of the events arrived."""
        return sorted(self.seconds)[min(int(len(self.seconds) * part), len(self.seconds) - 1)]


class Polls:
    """Connections that poll again and again; `arrived` is called with the subject of each event."""

    def __init__(self, signer: Signer, port: int, arrived: Callable[[str], None]) -> None:
        self._signer = signer
        self._port = port
        self._arrived = arrived
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, sub_app_ids: list[int]) -> None:
        """A poll of each of these applications, one after the other within the five seconds for which polls are held.

        Polls that begin together end together, again and again, and the next thousand requests come at once.
        """
        pause = pull_events.LONGEST_WAIT / len(sub_app_ids)
        self._tasks = [
            asyncio.create_task(self._poll(sub_app_id, number * pause)) for number, sub_app_id in enumerate(sub_app_ids)
        ]

    async def until(self, arrived: asyncio.Event) -> None:
        """Waits for it; raises what a poll failed with, because figures would be worth nothing."""
        waiting = asyncio.create_task(arrived.wait())
        try:
            done, _ = await asyncio.wait(
                {waiting, *self._tasks}, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED
            )
            if waiting not in done:
                raise next((error for task in done if (error := task.exception())), TimeoutError("no event came"))
        finally:
            waiting.cancel()

    async def end(self) -> None:
        """Closes all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _poll(self, sub_app_id: int, after: float) -> None:
        await asyncio.sleep(after)
        reader, writer = await asyncio.open_connection(HOST, self._port)
        try:
            while True:
                writer.write(self._signer.request("PullEvents", {"SubAppId": sub_app_id}))
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                answer = json.loads(await reader.readexactly(length))["Response"]
                if "Error" in answer:
                    raise RuntimeError(f"PullEvents: {answer['Error']}")
                for event in answer["EventSet"]:
                    self._arrived(event["FileDeleteEvent"]["FileIdSet"][0])
        finally:
            writer.close()


async def measure(stage: Stage, plan: Plan, applications: int) -> Figures:
    """Polls of that many applications, spread evenly."""
    found, waiting = Figures(), dict[str, asyncio.Event]()
    db = await Database(stage.database_url).open()
    polls = Polls(stage.signer, stage.api, lambda subject: waiting[subject].set())
    try:
        apps = await _applications(db, applications)
        before = _private(stage)
        polls.begin([apps[number % applications] for number in range(plan.polls)])
        await asyncio.sleep(plan.settle)
        found.memory = _private(stage) - before
        used = processes.cpu_seconds([stage.api_pid])
        await asyncio.sleep(plan.watch)
        found.idle = (processes.cpu_seconds([stage.api_pid]) - used) / plan.watch
        for number in range(plan.events):
            subject = f"{applications}-{number}"
            waiting[subject] = asyncio.Event()
            begun = await _tell(db, apps[number * 7 % applications], subject)
            await polls.until(waiting[subject])
            found.seconds.append(time.perf_counter() - begun)
            await db.execute("update event set confirmed_at = now() where subject = %s", [subject])
            await asyncio.sleep(0.05)
        return found
    finally:
        await polls.end()
        await db.close()


async def _applications(db: Database, number: int) -> list[int]:
    app_id = await accounts.first_account(db)
    if app_id is None:
        raise RuntimeError("there is no account")
    async with db.transaction() as connection:
        made = [await accounts.create_sub_app(connection, app_id, f"poll {index}") for index in range(number)]
    return [one.sub_app_id for one in made]


async def _tell(db: Database, sub_app_id: int, subject: str) -> float:
    """Appends an event; when (`perf_counter`) its transaction was committed."""
    async with db.transaction() as connection:
        await events.append(connection, sub_app_id, "FileDeleted", subject, {"FileIdSet": [subject]})
    return time.perf_counter()


def _private(stage: Stage) -> int:
    memory = processes.memory_of(stage.api_pid)
    if memory is None:
        raise RuntimeError("the API process is gone")
    return memory.private


def report(found: dict[int, Figures], plan: Plan) -> Report:
    """A row for each number of applications."""
    made = Report(
        TITLE, ["polls", "applications", "MiB more", "cores while waiting", "wake p50 ms", "p99 ms", "most ms", "aim"]
    )
    for applications, figures in found.items():
        times = [f"{figures.percentile(part) * 1000:.1f}" for part in (0.5, 0.99, 1.0)]
        made.add(
            str(plan.polls), str(applications), f"{figures.memory / _MIB:.0f}", f"{figures.idle:.2f}", *times,
            "< 100 MB more, woken within 50 ms",
        )  # fmt: skip
    made.notes.append(
        f"Of {plan.events} events for each row, told one after the other; memory is private to the process."
    )
    return made


def run(*, quick: bool) -> Report:
    """Measures with all polls in one application, and with one in each."""
    plan = Plan(20, 5, 1.0, 1.0) if quick else Plan(1000, 40, 10.0, 8.0)
    found: dict[int, Figures] = {}
    with open_stage(1) as stage:
        for applications in (1, plan.polls):
            found[applications] = asyncio.run(measure(stage, plan, applications))
    return report(found, plan)
