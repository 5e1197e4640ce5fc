"""What counts as a play, and as traffic; that nothing is lost or counted twice on its way into the database."""

import asyncio
from datetime import UTC, date, datetime

import psycopg
import pytest

from minivod.clock import FixedClock
from minivod.playback.plays import Counted, Plays, opens
from minivod.store import plays
from minivod.store.database import Database
from minivod.store.plays import Count

from ...waiting import until
from .conftest import OpenStage
from .stage import Stage, Video

NOON = datetime(2026, 11, 28, 4, tzinfo=UTC)


async def counted(stage: Stage, video: Video, size: int) -> int:
    """Plays, when so many bytes were counted: a client has them before the server knows that they are sent."""
    assert stage.plays is not None
    counting = stage.plays
    found: list[plays.Played] = []

    async def there() -> bool:
        nonlocal found
        await counting.write()
        found = await plays.daily(stage.db, video.sub_app_id, video.file_id, date(2026, 1, 1), date(9999, 1, 1))
        return sum(one.bytes for one in found) == size

    await until(there, f"{size} bytes are counted")
    return sum(one.plays for one in found)


CASES: list[tuple[str, dict[str, str], int, int]] = [
    ("GET", {}, 1, 40),
    ("GET", {"Range": "bytes=0-"}, 1, 40),
    ("GET", {"Range": "bytes=0-9"}, 1, 10),
    ("GET", {"Range": "bytes=-40"}, 1, 40),
    ("GET", {"Range": "bytes=0-1"}, 0, 2),  # Apple's players look first
    ("GET", {"Range": "bytes=1-"}, 0, 39),
    ("GET", {"Range": "bytes=-39"}, 0, 39),
    ("GET", {"Range": "bytes=40-"}, 0, 0),
    ("GET", {"If-None-Match": "*"}, 1, 0),  # out of the player's own cache
    ("GET", {"If-Match": '"other"'}, 0, 0),
    ("HEAD", {}, 0, 0),
]
"""A request: its method and headers; plays, and bytes of a file of 40."""


async def test_a_play_begins_at_the_beginning(stage_with: OpenStage) -> None:
    async with stage_with(count=True) as stage:
        for method, headers, times, sent in CASES:
            video = await stage.video(content=bytes(40))
            await stage.get(video.url, method=method, headers=headers)
            assert (await stage.get(video.url, headers={"Range": "bytes=2-3"})).status == 206
            assert (headers, await counted(stage, video, sent + 2)) == (headers, times)


async def test_what_nginx_sends_is_not_seen(stage_with: OpenStage) -> None:
    """But what it is asked to send."""
    async with stage_with(count=True, by_nginx="/x") as stage:
        video = await stage.video(content=bytes(40))
        for start in (0, 5):
            await stage.get(video.url, headers={"Range": f"bytes={start}-"})
        assert await counted(stage, video, 0) == 1


async def test_playlists_count_and_segments_do_not(stage_with: OpenStage) -> None:
    async with stage_with(count=True) as stage:
        video = await stage.video()
        ladder = await stage.result(video, "AdaptiveDynamicStreaming", 10)
        size = 0
        for url in (*ladder.urls.values(), video.cover_url):
            answer = await stage.get(url)
            size += len(answer.body)
        assert size > 0
        assert await counted(stage, video, size) == 1  # the master playlist


async def test_what_is_refused_counts_nothing(stage_with: OpenStage) -> None:
    async with stage_with(count=True) as stage:
        video = await stage.video("REJECTED")
        assert (await stage.get(video.url)).status == 404
        assert stage.plays is not None
        await stage.plays.write()
        assert await stage.db.fetch_all("select * from play") == []


@pytest.mark.parametrize(
    ("content_type", "kind", "folder", "name", "expected"),
    [
        ("video/mp4", "", "", "1.mp4", True),
        ("audio/mpeg", "Transcode", "", "1.t_1010.mp3", True),
        ("image/jpeg", "", "", "1_cover.jpg", False),
        ("application/vnd.apple.mpegurl", "Transcode", "x", "index.m3u8", True),
        ("application/vnd.apple.mpegurl", "AdaptiveDynamicStreaming", "x", "master.m3u8", True),
        ("application/vnd.apple.mpegurl", "AdaptiveDynamicStreaming", "x", "0.m3u8", False),
        ("video/mp2t", "Transcode", "x", "0.ts", False),
        ("text/vtt", "Subtitle", "subtitles", "a.vtt", False),
    ],
)
def test_what_a_player_opens(content_type: str, kind: str, folder: str, name: str, expected: bool) -> None:
    assert opens(content_type, kind, folder, name) is expected


@pytest.fixture
async def played(stage: Stage) -> tuple[Plays, Counted, FixedClock]:
    clock = FixedClock(NOON.timestamp())
    return Plays(stage.db, clock), Counted(stage.app_id, "387702292999999999", True), clock


async def rows(db: Database) -> list[tuple[date, int, int]]:
    found = await db.fetch_all("select day, plays, bytes from play order by day")
    return [(row["day"], row["plays"], row["bytes"]) for row in found]


async def test_days_are_those_of_beijing(stage: Stage, played: tuple[Plays, Counted, FixedClock]) -> None:
    counting, what, clock = played
    clock.advance(11 * 3600 + 3599)
    counting.count(what, times=1, size=5)
    clock.advance(1)
    counting.count(what, times=1, size=6)
    await counting.write()
    await counting.write()
    counting.count(what, size=1)
    await counting.write()
    assert await rows(stage.db) == [(date(2026, 11, 28), 1, 5), (date(2026, 11, 29), 1, 7)]


async def test_what_cannot_be_written_is_kept(
    stage: Stage, played: tuple[Plays, Counted, FixedClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    counting, what, _ = played
    counting.count(what, times=1, size=5)

    async def away(*_: object) -> None:
        counting.count(what, times=1)  # meanwhile
        raise psycopg.OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(plays, "add", away)
        await counting.write()
    await counting.write()
    assert await rows(stage.db) == [(date(2026, 11, 28), 2, 5)]


async def test_the_end_of_a_process_writes_the_rest(stage: Stage, played: tuple[Plays, Counted, FixedClock]) -> None:
    counting, what, _ = played
    async with counting:
        counting.count(what, times=1, size=5)
        assert await rows(stage.db) == []
    assert await rows(stage.db) == [(date(2026, 11, 28), 1, 5)]


async def test_processes_add_up_and_the_most_played_are_found(stage: Stage) -> None:
    day = date(2026, 11, 28)

    def counts(*pairs: tuple[str, int, int]) -> dict[plays.Place, Count]:
        return {plays.Place(stage.app_id, day, name): Count(times, size) for name, times, size in pairs}

    await asyncio.gather(
        plays.add(stage.db, counts(("a", 1, 100), ("b", 2, 10))), plays.add(stage.db, counts(("b", 3, 5), ("a", 1, 0)))
    )
    by_plays = await plays.most(stage.db, stage.app_id, day, "plays", 100)
    assert [(one.file_id, one.plays, one.bytes) for one in by_plays] == [("b", 5, 15), ("a", 2, 100)]
    assert [one.file_id for one in await plays.most(stage.db, stage.app_id, day, "bytes", 1)] == ["a"]
    assert await plays.most(stage.db, stage.app_id + 1, day, "plays", 100) == []
