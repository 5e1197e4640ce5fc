"""The first page: numbers, workers, what is not covered, and the latest words."""

import re
from datetime import timedelta
from pathlib import Path

from minivod.console import paths
from minivod.console.pages.overview import Space, disk
from minivod.settings import Settings
from minivod.store.fair_share import QUEUES

from .desk import Desk


async def numbers(desk: Desk) -> dict[str, int]:
    text = (await (await desk.signed_in("viewer")).get(paths.HOME)).text
    pairs = re.findall(r'class="number[^"]*">(\d+)\+?</p><p class="hint">([^<]+)<', text)
    return {name: int(number) for number, name in pairs}


async def test_an_empty_server(desk: Desk) -> None:
    assert set((await numbers(desk)).values()) == {0}
    text = (await (await desk.signed_in("viewer")).get(paths.HOME)).text
    for told in ("No worker runs", "Nothing was reviewed yet.", "Nobody has decided anything yet.", "are free"):
        assert told in text


async def test_a_busy_one(desk: Desk) -> None:
    for state in ("PASS", "PASS", "FAILED", "RUNNING", "REJECTED BY A PERSON"):
        await desk.stage.video(state)
    await desk.rejected("no detector")
    found = await numbers(desk)
    assert found["wait for a decision"] == 1
    assert found["published in 24 hours"] == 2
    assert found["rejected in 24 hours"] == 2
    assert found["failed to publish in 24 hours"] == 1
    await desk.db.execute("update publication set updated_at = now() - interval '25 hours'")
    assert (await numbers(desk))["published in 24 hours"] == 0
    text = (await (await desk.signed_in("viewer")).get(paths.HOME)).text
    assert "no detector" in text and "reject, because" in text


async def test_workers_are_processes_whatever_queues_they_serve(desk: Desk) -> None:
    """Each has a row for each queue."""
    person = await desk.signed_in("viewer")
    rows = "insert into procrastinate_workers (last_heartbeat) select now() - %s from generate_series(1, %s)"
    assert "No worker runs" in (await person.get(paths.HOME)).text
    await desk.db.execute(rows, [timedelta(hours=1), 2 * len(QUEUES)])
    text = (await person.get(paths.HOME)).text
    assert "No worker runs" in text, "those are dead"
    assert re.search("2 silent for 36[0-9]{2} s", text)
    await desk.db.execute(rows, [timedelta(), len(QUEUES)])
    text = (await person.get(paths.HOME)).text
    assert ">1 alive<" in text and "2 silent" in text and "No worker runs" not in text


def test_space(tmp_path: Path) -> None:
    found = disk(Settings(storage_url=tmp_path.as_uri()).objects_dir())
    assert found is not None and 0 < found.free <= found.total
    for url in ("s3://bucket/prefix", (tmp_path / "nothing").as_uri()):
        assert disk(Settings(storage_url=url).objects_dir()) is None
    assert Space(100, 9).is_scarce and not Space(100, 11).is_scarce
