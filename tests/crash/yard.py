"""The API, its stores, and worker processes that can be killed, stopped and continued; and what must hold."""

import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from minivod import ids
from minivod.jobs.engine import make_engine
from minivod.jobs.janitor import Janitor
from minivod.media import workspace
from minivod.media.metadata import MediaMetadata
from minivod.media.probe import probe
from minivod.objects import Objects
from minivod.publishing.announce import EVENT, publish_task
from minivod.shapes import to_payload
from minivod.store import media, publications, tasks
from minivod.store.database import Database
from minivod.store.tasks import Task

from .. import programs
from ..processes import alive, children, state
from ..programs import Program
from ..waiting import PATIENCE, until
from ..wire.wire import Wire, open_wire
from . import paced_worker

HEARTBEAT, STALLED_AFTER = 0.4, 5.0
"""Short, for tests that wait for a rescue; a living worker on a busy machine must not count as dead."""
_SETTINGS = {
    "worker_heartbeat": HEARTBEAT, "worker_stalled_after": STALLED_AFTER, "worker_grace": 60, "job_attempts": 100,
    "step_stall": 60, "log_level": "info",
}  # fmt: skip


@dataclass
class Worker:
    """A worker process; what it logs is kept."""

    process: Program
    log: Path
    pace: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait()

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of that event."""
        lines = self.log.read_bytes().splitlines()
        read = [json.loads(line) for line in lines if line.startswith(b"{") and line.endswith(b"}")]
        return [line for line in read if line.get("event") == event]

    def looks(self) -> bool:
        """Whether its detector has had a sample before it."""
        return paced_worker.look_of(self.pace, self.pid).exists()

    def stands_still(self) -> bool:
        """Whether it was stopped by a signal."""
        return state(self.pid) == "T"

    async def ready(self) -> "Worker":
        async def holds() -> bool:
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            return bool(self.logged("worker_ready"))

        await until(holds, "worker_ready")
        return self

    async def ended(self) -> int:
        async def holds() -> bool:
            return self.process.poll() is not None

        await until(holds, "the worker's end")
        return self.process.wait()

    def tools(self) -> list[int]:
        """Its living media tools: its only children are fork servers, and theirs the tools."""
        return [pid for server in children(self.pid) for pid in children(server) if alive(pid)]


def is_pending(pid: int, number: int) -> bool:
    """Whether a signal was sent to the process that it does not want to hear."""
    [pending] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("ShdPnd:")]
    return bool(int(pending.split()[1], 16) >> (number - 1) & 1)


@dataclass
class Yard:
    """What the tests of crashes work with."""

    url: str
    home: Path
    clip: Path
    db: Database
    wire: Wire
    workers: list[Worker] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, home: Path, clip: Path) -> AsyncIterator["Yard"]:
        db = await Database(url, timeout=PATIENCE, check=True).open()
        try:
            async with open_wire(url, home) as wire:
                yard = cls(url, home, clip, db, wire)
                yard.pace("hold")
                try:
                    yield yard
                finally:
                    yard.tell()
                    for worker in yard.workers:
                        if worker.process.poll() is None:
                            worker.kill()
        finally:
            await db.close()

    @property
    def app_id(self) -> int:
        return self.wire.key.app_id

    @property
    def objects(self) -> Objects:
        return self.wire.services.objects

    def tell(self) -> None:
        """Prints how the workers are and what they said last, which is shown of tests that fail."""
        for worker in self.workers:
            print(f"--- worker {worker.pid}, exit code {worker.process.poll()}")
            print(worker.log.read_text(encoding="utf-8", errors="replace")[-6000:])

    def pace(self, seconds: float | str) -> None:
        """How long the detector looks at a sample, or "hold"."""
        fresh = self.home / "pace.new"
        fresh.write_text(str(seconds), encoding="ascii")
        fresh.rename(self.home / "pace")

    def start(self, *, real: bool = False, **settings: object) -> Worker:
        """A worker process; `real`: `minivod worker` with the built-in detectors."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("MINIVOD_")}
        env |= {f"MINIVOD_{name.upper()}": str(value) for name, value in {**_SETTINGS, **settings}.items()}
        env |= {"MINIVOD_DATABASE_URL": self.url, "MINIVOD_DATA_DIR": str(self.home)}
        pace = self.home / "pace"
        env |= {paced_worker.PACE: str(pace)}
        argv = ["-m", "minivod", "worker"] if real else [str(Path(paced_worker.__file__))]
        log = self.home / f"worker-{len(self.workers)}.log"
        with Path(os.devnull).open("rb") as nothing, log.open("ab") as output:
            said = output.fileno()
            process = programs.start(argv, env, nothing.fileno(), said, said, programs.WORKERS)
        self.workers.append(Worker(process, log, pace))
        return self.workers[-1]

    async def upload(self, clip: Path, metadata: MediaMetadata | None = None) -> str:
        """A new video, with a probe's answer if there is one; the FileId."""
        file_id = ids.new_file_id()
        key = f"vod_upload/{file_id}/clip.mp4"
        await self.objects.put_file(key, clip)
        async with self.db.transaction() as connection:
            await media.create(
                connection,
                file_id=file_id,
                sub_app_id=self.app_id,
                directory=ids.new_directory(),
                name="clip",
                media_type="mp4",
                object_key=key,
                metadata=msgspec.to_builtins(metadata) if metadata else {"container": "mp4"},
            )
        return file_id

    async def probed(self, clip: Path) -> MediaMetadata:
        """What a probe says of it."""
        with TemporaryDirectory(dir=self.home) as place:
            os.chmod(place, 0o711)  # noqa: PTH101 - the tools' user has to pass
            return await probe(self.wire.services.sandbox, Path(shutil.copy(clip, place)))

    async def publish(self, clip: Path | None = None) -> str:
        """A video whose publication was accepted; the TaskId."""
        file_id = await self.upload(clip or self.clip)
        answer = await self.wire.call("WeChatMiniProgramPublish", {"FileId": file_id})
        return str(answer["TaskId"])

    async def task(self, task_id: str) -> Task:
        [task] = await tasks.find_many(self.db, [(self.app_id, task_id)])
        assert task is not None
        return task

    async def reviewing(self, task_id: str, attempt: int = 1) -> None:
        """Waits until that attempt has come to the review."""

        async def holds() -> bool:
            task = await self.task(task_id)
            assert task.status != "FINISH", task
            return task.attempt >= attempt and task.progress > 0.09  # the remux is done

        await until(holds, f"attempt {attempt} of {task_id}")

    async def finished(self, task_ids: Sequence[str]) -> list[Task]:
        """Waits until these tasks are finished, and returns them."""

        async def holds() -> bool:
            return all([(await self.task(task_id)).status == "FINISH" for task_id in task_ids])

        await until(holds, "the end of all tasks", 2 * PATIENCE, self.under_work)
        return [await self.task(task_id) for task_id in task_ids]

    async def under_work(self) -> list[dict[str, Any]]:
        """What is not finished, and how far it is: encoders give way to all else, and may take minutes."""
        return await self.db.fetch_all(
            "select task_id, attempt, progress from task where status <> 'FINISH' order by task_id, ordinal"
        )

    async def under_way(self, task_id: str) -> None:
        """Waits until a worker has the task."""

        async def holds() -> bool:
            return (await self.task(task_id)).status == "PROCESSING"

        await until(holds, f"the beginning of {task_id}")

    async def published(self, finished: Sequence[Task]) -> dict[str, tuple[str | None, int | None]]:
        """What can be played of these tasks' videos: object and size."""
        found = await publications.find(self.db, self.app_id, [task.file_id for task in finished])
        return {
            file_id: (one.object_key, await self.objects.head(one.object_key or "none"))
            for file_id, one in found.items()
            if one.state == "PASS"
        }

    async def assert_settled(self, task_ids: Sequence[str], result: str = "Pass") -> None:
        """Every task ended once, with that result and one event; what is published is there, and nothing else."""
        for task in await self.finished(task_ids):
            assert task.result == result, task
            rows = await self.db.fetch_all("select payload from event where subject = %s", [task.task_id])
            assert [row["payload"] for row in rows] == [to_payload(publish_task(task))]
            kinds = await self.db.fetch_all("select kind from event where subject = %s", [task.task_id])
            assert [row["kind"] for row in kinds] == [EVENT]
        await self.clean_up()
        ended = await self.finished(task_ids)
        playable = await self.published(ended)
        assert set(playable) == ({task.file_id for task in ended} if result == "Pass" else set())
        assert all(size for _, size in playable.values())
        kept = [entry.key async for entry in self.objects.entries("published")]
        assert sorted(kept) == sorted(str(key) for key, _ in playable.values())
        assert list((self.home / "work").iterdir()) == []

    async def clean_up(self) -> None:
        """What the janitors do within a day, now; attempts that are over but do not know it yet end before."""

        async def nothing(task_id: str, priority: int) -> None:
            raise AssertionError

        async def swept() -> bool:
            workspace.sweep(self.home)
            left = list((self.home / "work").iterdir())
            for path in left:
                with suppress(FileNotFoundError):  # its worker has just ended
                    os.utime(path, (0, 0))
            return not left

        await until(swept, "no directory of an attempt")
        await self.db.execute("update doomed_object set after = now()")
        async with make_engine(self.url, nothing, slots=1).open_async() as engine:
            await Janitor(self.db, self.objects, engine, str(self.home), stalled_after=STALLED_AFTER).clean()
