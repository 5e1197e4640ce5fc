"""Try-outs of single files: made once, kept, refused where they cannot be made, and gone with their file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from minivod.media.probe import probe
from minivod.media.sandbox import Limits, Sandbox
from minivod.playback import previews as of_playback
from minivod.store import doomed, media, previews

from ...clips import BUNNY
from .stage import RAW_COVER, Stage, linked, open_stage


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(Limits(stall=20.0, wall=60.0))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    tmp_path.chmod(0o711)  # the tools' user has to pass
    return tmp_path / "objects"


@pytest.fixture
async def stage(database_url: str, root: Path, sandbox: Sandbox) -> AsyncIterator[Stage]:
    async with open_stage(database_url, root, sandbox=sandbox) as opened:
        await opened.distribute(opened.app_id, "signed")
        yield opened


async def test_the_first_seconds_are_an_object_that_is_kept(stage: Stage, sandbox: Sandbox, tmp_path: Path) -> None:
    video = await stage.video("PASS", content=BUNNY.read_bytes())
    url = linked(video.url, exper=2)
    answer = await stage.get(url)
    assert (answer.status, answer.header("content-type")) == (200, "video/mp4")
    work = tmp_path / "seen"
    work.mkdir(mode=0o755)
    (work / "preview").write_bytes(answer.body)
    found = await probe(sandbox, work / "preview")
    assert 1.9 <= found.duration <= 2.3 and found.faststart and found.video and found.audio
    part = await stage.get(linked(video.url, exper=2), headers={"Range": "bytes=0-99"})
    assert (part.status, part.body) == (206, answer.body[:100])
    assert part.header("etag") == answer.header("etag")
    assert (await stage.get(linked(video.url))).body == BUNNY.read_bytes()
    assert (await stage.get(linked(video.url, exper=6))).body == BUNNY.read_bytes()  # it is no longer than that
    rows = await stage.db.fetch_all("select source_key, object_key, seconds from preview")
    assert [(row["source_key"], row["seconds"]) for row in rows] == [(stage.keys[0], 2)]
    await stage.withdraw(video)
    assert await previews.find(stage.db, stage.keys[0], 2) is None
    assert {rows[0]["object_key"], stage.keys[0]} <= await on_the_list(stage)


async def test_a_deleted_video_takes_them_with_it(stage: Stage) -> None:
    video = await stage.video("NONE")
    await stage.objects.put_bytes(video.source_key, BUNNY.read_bytes())
    assert (await stage.get(linked(video.url, exper=1))).status == 200
    [row] = await stage.db.fetch_all("select object_key from preview")
    assert row["object_key"] not in await on_the_list(stage)
    async with stage.db.transaction() as connection:
        await media.delete(connection, video.sub_app_id, video.file_id)
    assert row["object_key"] in await on_the_list(stage)
    assert await stage.db.fetch_all("select from preview") == []


async def test_what_cannot_be_cut_is_refused_and_not_sent_whole(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await stage.video("NONE")
    for _ in range(2):
        answer = await stage.get(linked(video.url, exper=1))
        assert answer.status == 403 and b"exper: this file cannot be cut" in answer.body
    assert len(await on_the_list(stage)) == 1  # the second time no tool was started
    assert (await stage.get(linked(video.url))).status == 200
    assert (await stage.get(linked(video.cover_url, exper=1))).body == RAW_COVER
    assert not list((tmp_path / "work").iterdir())
    monkeypatch.setattr(of_playback, "_REMEMBERED_SECONDS", 0.0)
    assert (await stage.get(linked(video.url, exper=1))).status == 403
    assert len(await on_the_list(stage)) == 2  # after a time it is tried again
    await stage.objects.delete(video.source_key)
    await stage.objects.put_bytes(video.source_key, BUNNY.read_bytes())
    assert (await stage.get(linked(video.url, exper=1))).status == 200


async def test_a_length_that_nobody_knows_is_no_reason_to_send_all(stage: Stage) -> None:
    video = await stage.video("PASS", content=BUNNY.read_bytes())
    await stage.db.execute("update publication set metadata = metadata || '{\"duration\": 0}'")
    assert 0 < len((await stage.get(linked(video.url, exper=2))).body) < len(BUNNY.read_bytes())


@pytest.mark.parametrize("ending", ["gif", "m3u8", "vtt"])
async def test_the_ending_of_an_original_frees_it_of_nothing(stage: Stage, ending: str) -> None:
    """It is what the uploader said; neither is it a picture for that, nor a playlist."""
    video = await stage.video("NONE")
    key = f"vod_upload/{video.file_id}/other.{ending}"
    await stage.objects.put_bytes(key, BUNNY.read_bytes())
    await stage.db.execute("update media set object_key = %s where file_id = %s", [key, video.file_id])
    assert (await stage.get(linked(video.url))).body == BUNNY.read_bytes()
    answer = await stage.get(linked(video.url, exper=1))
    assert answer.status == 200 and 0 < len(answer.body) < len(BUNNY.read_bytes()) / 2


async def test_an_object_that_is_doomed_meanwhile_gets_none(stage: Stage) -> None:
    video = await stage.video("NONE")
    key = f"preview/{video.file_id}/x.mp4"
    await doomed.reserve(stage.db, [key, video.source_key])
    await previews.add(
        stage.db, sub_app_id=video.sub_app_id, file_id=video.file_id, source_key=video.source_key, seconds=1,
        object_key=key,
    )  # fmt: skip
    assert await previews.find(stage.db, video.source_key, 1) is None
    assert key in await on_the_list(stage)


async def on_the_list(stage: Stage) -> set[str]:
    return {row["object_key"] for row in await stage.db.fetch_all("select object_key from doomed_object")}
