"""/healthz, /readyz and /metrics, and that an answer comes in time whatever is away."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from minivod import health
from minivod.cli.embedded_postgres import EmbeddedPostgres
from minivod.health import Health
from minivod.objects import Objects
from minivod.store.database import Database

from ..databases import LayDatabase
from ..processes import standing_still


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database(database_url, max_size=2).open()
    yield opened
    await opened.close()


def client(database: Database, objects: Objects) -> httpx.AsyncClient:
    app = Starlette(routes=Health(database, objects).routes())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://minivod")


async def test_all_is_well(database: Database, tmp_path: Path) -> None:
    async with client(database, Objects(tmp_path.as_uri())) as http:
        assert (await http.get("/healthz")).json() == {"status": "ok"}
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "ok", "database": "ok", "objects": "ok"})


async def test_the_store_is_away(database: Database) -> None:
    async with client(database, Objects("http://127.0.0.1:1/bucket")) as http:
        ready = await http.get("/readyz")
    assert ready.status_code == 503
    assert ready.json() == {"status": "not ready", "database": "ok", "objects": "unreachable"}


async def test_a_database_that_hangs_does_not_hold_up_the_answer(
    home: Path, lay_database: LayDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancelled query waits for its server once more; nobody has to wait with it."""
    lay_database(home)
    postgres = EmbeddedPostgres(home)
    database = await Database(await asyncio.to_thread(postgres.start), max_size=2).open()
    server = int((home / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    try:
        async with client(database, Objects((home / "objects").as_uri())) as http:
            assert (await http.get("/readyz")).status_code == 200
            with standing_still(server):
                monkeypatch.setattr(health, "PATIENCE", 0.2)
                answers: list[tuple[bool, str]] = []
                # A busy machine may take long, for the objects too, but not each time; psycopg's cancellation takes
                # 5 s.
                while (True, "ok") not in answers and len(answers) < 10:
                    begun = time.monotonic()
                    ready = await http.get("/readyz")
                    told = ready.json()
                    answers.append((time.monotonic() - begun < 4, told["objects"]))
                    assert (ready.status_code, told["status"], told["database"]) == (503, "not ready", "unreachable")
                assert (True, "ok") in answers
                assert (await http.get("/healthz")).status_code == 200
            monkeypatch.setattr(health, "PATIENCE", 30)
            assert (await http.get("/readyz")).status_code == 200
    finally:
        await database.close()
        await asyncio.to_thread(postgres.stop)


async def test_metrics_are_text_that_prometheus_reads(database: Database, tmp_path: Path) -> None:
    async with client(database, Objects(tmp_path.as_uri())) as http:
        answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert families["minivod_waiting_jobs"].samples[0].value == 0
    callbacks = {sample.labels["state"]: sample.value for sample in families["minivod_callbacks"].samples}
    assert callbacks == {"WAITING": 0, "FAILED": 0}
    assert families["minivod_api_requests"].type == "counter"
    assert families["minivod_api_seconds"].type == "histogram"
    assert all(family.documentation for name, family in families.items() if name.startswith("minivod_"))


@pytest.fixture
def home(open_directory: Path) -> Path:
    made = open_directory / "health"
    made.mkdir(mode=0o755)
    return made
