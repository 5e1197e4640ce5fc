"""A small disk that is full: uploads are refused in words, publishing waits for space, nothing is lost (T9)."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from qcloud_cos import CosConfig, CosS3Client
from qcloud_cos.cos_exception import CosServiceError

from minivod.jobs.janitor import delete_doomed
from minivod.objects import Objects

from ..waiting import until
from ..wire.served import Served, serve
from .test_s3 import CLIP, MIB, call, upload

ROOM = 700_000
"""Bytes that are left for publishing: less than the video has, so that not even the remux fits."""


@pytest.fixture
def small_disk(open_directory: Path, tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MiB."""
    place = open_directory / f"small-{tmp_path.name}"
    place.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root, to mount a small file system")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=711", "tmpfs", place], capture_output=True)
    if made.returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.fixture
async def served(database_url: str, small_disk: Path) -> AsyncIterator[Served]:
    async with serve(database_url, small_disk, worker_slots=1) as server:
        yield server


def objects(home: Path) -> list[Path]:
    return [Path(folder) / name for folder, _, names in os.walk(home / "objects") for name in names]


def fill(home: Path, room: int) -> Path:
    """A file that leaves so many bytes."""
    filler = home / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(home).free - room))
    return filler


async def test_a_full_disk(served: Served, small_disk: Path) -> None:
    answer = await upload(served, CLIP)
    await delete_doomed(served.db, Objects(served.settings.objects_url()))  # the parts that it came in
    (original,) = objects(small_disk)
    await _too_large(served)
    assert objects(small_disk) == [original]

    filler = await asyncio.to_thread(fill, small_disk, ROOM)
    task_id = (await call(served, "WeChatMiniProgramPublish", FileId=answer.FileId, SourceDefinition=0)).TaskId

    async def tried() -> bool:
        rows = await served.db.fetch_all("select attempts from procrastinate_jobs where status = 'todo'")
        return bool(rows) and rows[0]["attempts"] > 0

    async def finished() -> bool:
        return str((await call(served, "DescribeTaskDetail", TaskId=task_id)).Status) == "FINISH"

    with served.worker():
        await until(tried, "an attempt without space")
        assert not await finished()  # the video is all right: nobody is told that it failed
        assert objects(small_disk) == [original]
        filler.unlink()
        await until(finished, "published, since there is space again")
    task = (await call(served, "DescribeTaskDetail", TaskId=task_id)).WechatMiniProgramPublishTask
    assert task.PublishResult == "Pass", task.Message
    assert original.read_bytes() == CLIP.read_bytes()
    assert len([path for path in objects(small_disk) if "published" in path.parts]) == 1
    assert list((small_disk / "objects" / ".partial").iterdir()) == []


async def _too_large(served: Served) -> None:
    """A PUT that does not fit is refused in words."""
    applied = await call(served, "ApplyUpload", MediaType="mp4")
    key = applied.TempCertificate
    config = CosConfig(
        SecretId=key.SecretId, SecretKey=key.SecretKey, Token=key.Token, Region=applied.StorageRegion,
        Domain=served.url.removeprefix("http://"), Scheme="http",
    )  # fmt: skip
    client = CosS3Client(config, retry=0)
    with pytest.raises(CosServiceError) as refused:
        await asyncio.to_thread(
            client.put_object, Bucket=applied.StorageBucket, Key=applied.MediaStoragePath[1:], Body=bytes(14 * MIB)
        )
    assert refused.value.get_error_code() == "InsufficientStorage"
