"""Object storage on a directory and on another store of obstore's: same rules, same results."""

import asyncio
import errno
import hashlib
import os
import shutil
import stat
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import crcmod
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minivod.objects import BadKey, CannotSign, NoSuchObject, Objects, StoreFull, StoreUnavailable, WrongContent, remote
from minivod.objects import local as local_module
from minivod.objects import opened as opened_files
from minivod.objects.model import CHUNK, check_key

from ...waiting import PATIENCE

CONTENT = os.urandom(3 * CHUNK + 17)


@pytest.fixture(params=["directory", "obstore"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    return Objects((tmp_path / "store with space").as_uri() if request.param == "directory" else "memory:///")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def directory(root: Path) -> Objects:
    return Objects(root.as_uri())


async def pieces(content: bytes = CONTENT, size: int = 70_000, *, cut: bool = False) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]
    if cut:
        raise ConnectionError("gone")


def files(root: Path) -> list[str]:
    return [path.name for path in root.rglob("*") if path.is_file()]


async def read(objects: Objects, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in objects.get_range(key, start, end)])


async def keys(objects: Objects, prefix: str = "") -> list[str]:
    return sorted([entry.key async for entry in objects.entries(prefix)])


async def test_write_and_read(objects: Objects) -> None:
    stored = await objects.put_stream("a/b/c.mp4", pieces())
    assert (stored.size, stored.md5) == (len(CONTENT), hashlib.md5(CONTENT).hexdigest())
    crc64 = crcmod.mkCrcFun(0x142F0E1EBA9EA3693, initCrc=0, xorOut=0xFFFFFFFFFFFFFFFF, rev=True)
    assert stored.crc64 == crc64(CONTENT)
    assert await objects.head("a/b/c.mp4") == len(CONTENT)
    assert await read(objects, "a/b/c.mp4") == CONTENT
    assert all([len(chunk) <= CHUNK async for chunk in objects.get_range("a/b/c.mp4")])


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (5, 5), (10, CHUNK + 10), (len(CONTENT) - 1, None), (3, 10**9), (10**9, None), (9, 3)]
)
async def test_ranges(objects: Objects, start: int, end: int | None) -> None:
    await objects.put_bytes("a", CONTENT)
    assert await read(objects, "a", start, end) == CONTENT[start:end]
    pieces = [piece async for piece in objects.get_range("a", start, end, most=100_000)]
    assert b"".join(pieces) == CONTENT[start:end]
    assert max(map(len, pieces), default=0) <= 100_000


async def test_empty_objects(objects: Objects) -> None:
    assert (await objects.put_bytes("a", b"")).size == 0
    assert await objects.head("a") == 0
    assert await read(objects, "a") == b""


async def test_replacing(objects: Objects) -> None:
    await objects.put_bytes("a/b", b"first")
    await objects.put_bytes("a/b", b"second")
    assert await read(objects, "a/b") == b"second"
    assert await keys(objects) == ["a/b"]


async def test_a_stream_that_is_not_what_was_announced_leaves_nothing(objects: Objects) -> None:
    md5 = hashlib.md5(CONTENT).hexdigest()
    stored = await objects.put_stream("a/b", pieces(), expect_size=len(CONTENT), expect_md5=md5)
    assert stored.md5 == md5
    await objects.delete("a/b")
    for size, digest in ((len(CONTENT) + 1, md5), (len(CONTENT) - 1, md5), (10, md5), (len(CONTENT), "0" * 32)):
        with pytest.raises(WrongContent):
            await objects.put_stream("a/b", pieces(), expect_size=size, expect_md5=digest)
        assert await objects.head("a/b") is None
    with pytest.raises(ConnectionError, match="gone"):
        await objects.put_stream("a/b", pieces(cut=True))
    assert await keys(objects) == []


async def test_a_failed_replacement_leaves_the_first(objects: Objects) -> None:
    await objects.put_bytes("a", b"first")
    with pytest.raises(ConnectionError):
        await objects.put_stream("a", pieces(cut=True))
    assert await read(objects, "a") == b"first"


async def test_copy_concatenate_and_put_file(objects: Objects, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT)
    assert (await objects.put_file("a", tmp_path / "file")).md5 == hashlib.md5(CONTENT).hexdigest()
    await objects.put_bytes("b", b"tail")
    assert (await objects.concatenate(["a", "b"], "x/c", expect_size=len(CONTENT) + 4)).size == len(CONTENT) + 4
    assert await read(objects, "x/c") == CONTENT + b"tail"
    await objects.copy("x/c", "d")
    assert await read(objects, "d", len(CONTENT)) == b"tail"
    with pytest.raises(NoSuchObject):
        await objects.copy("absent", "e")
    with pytest.raises(WrongContent):
        await objects.concatenate(["a", "b"], "e", expect_size=4)
    assert await keys(objects) == ["a", "b", "d", "x/c"]


async def test_listing_and_deleting(objects: Objects) -> None:
    for key in ("a/1", "a/b/2", "ab/3"):
        await objects.put_bytes(key, key.encode())
    assert await keys(objects) == ["a/1", "a/b/2", "ab/3"]
    assert await keys(objects, "a") == ["a/1", "a/b/2"]
    assert await keys(objects, "absent") == []
    await objects.delete("a/1")
    await objects.delete("a/1")
    await objects.delete("absent/x")
    assert await keys(objects) == ["a/b/2", "ab/3"]


async def test_local_copy(objects: Objects, tmp_path: Path) -> None:
    await objects.put_bytes("a/b.mp4", CONTENT)
    async with objects.local_copy("a/b.mp4", tmp_path) as path:
        assert path.parent == tmp_path
        assert path.read_bytes() == CONTENT
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
        assert path.suffix == ""
    assert not path.exists()
    assert await read(objects, "a/b.mp4") == CONTENT
    with pytest.raises(NoSuchObject):
        async with objects.local_copy("absent", tmp_path):
            pass
    with pytest.raises(FileNotFoundError):  # the same error for those who know none of ours
        await read(objects, "absent")


async def test_local_copies_of_a_directory_are_links(directory: Objects, root: Path, tmp_path: Path) -> None:
    await directory.put_bytes("a", CONTENT)
    async with directory.local_copy("a", tmp_path) as path:
        assert path.samefile(root / "a")


async def test_local_copy_across_file_systems(
    directory: Objects, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def other_file_system(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, "cross-device link")

    monkeypatch.setattr(os, "link", other_file_system)
    await directory.put_bytes("a", CONTENT)
    async with directory.local_copy("a", tmp_path) as path:
        assert path.read_bytes() == CONTENT
        assert stat.S_IMODE(path.stat().st_mode) == 0o444


BAD_KEYS = [
    "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/./b", ".a", "a/.b", ".partial/x", "a\0b",
    "a b",
    "a\nb", "ä", "a\\b", "~", "%2e%2e/a", "a" * 600, "a/" + "b" * 200, "C:a", "a?b",
]  # fmt: skip


@pytest.mark.parametrize("key", BAD_KEYS)
async def test_what_is_no_key(objects: Objects, key: str, tmp_path: Path) -> None:
    for use in (objects.head, objects.delete):
        with pytest.raises(BadKey):
            await use(key)
    with pytest.raises(BadKey):
        await objects.put_bytes(key, b"x")
    with pytest.raises(BadKey):
        objects.get_range(key)
    with pytest.raises(BadKey):
        objects.local_copy(key, tmp_path)


@given(st.text(alphabet="ab./\\\0-_=", max_size=20))
def test_a_key_never_leaves_its_root(text: str) -> None:
    try:
        key = check_key(text)
    except BadKey:
        return
    path = Path("/root") / key
    assert path.is_relative_to("/root") and ".." not in path.parts and path != Path("/root")
    assert not any(part.startswith(".") for part in path.relative_to("/root").parts)


async def test_symbolic_links_lead_nowhere(directory: Objects, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    await directory.put_bytes("a/b", b"x")
    (root / "a" / "file").symlink_to(outside / "secret")
    (root / "folder").symlink_to(outside)
    for key in ("a/file", "folder/secret"):
        assert await directory.head(key) is None
        with pytest.raises(NoSuchObject):
            await read(directory, key)
        with pytest.raises(NoSuchObject):
            async with directory.local_copy(key, tmp_path):
                pass
    with pytest.raises(OSError):
        await directory.put_bytes("folder/new", b"x")
    await directory.delete("folder/secret")
    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert await keys(directory) == ["a/b"]
    await directory.put_bytes("a/file", b"own")  # the link is replaced, not followed
    assert (outside / "secret").read_bytes() == b"secret"


async def test_special_files_are_no_objects(directory: Objects, root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "folder").mkdir()
    for key in ("pipe", "folder"):
        assert await asyncio.wait_for(directory.head(key), PATIENCE) is None


async def test_the_store_is_closed_to_others(directory: Objects, root: Path) -> None:
    await directory.put_bytes("a/b", b"x")
    for path in (root, root / "a", root / ".partial"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((root / "a" / "b").stat().st_mode) == 0o444


async def test_durable_before_acknowledged(directory: Objects, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T19: content flushed, then named, then the name flushed, each new folder's too; only then does put return."""
    order: list[str] = []
    fsync, rename = os.fsync, os.rename

    def name_of(number: int) -> str:
        return Path(f"/proc/self/fd/{number}").readlink().name

    def note_fsync(number: int) -> None:
        order.append(f"fsync {name_of(number)}")
        fsync(number)

    def note_rename(*args: Any, **named: Any) -> None:
        order.append("rename")
        rename(*args, **named)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "rename", note_rename)
    await directory.put_bytes("a/b/c", b"x")
    assert order[1:] == ["fsync objects", "fsync a", "rename", "fsync b"]
    assert len(order[0]) == len("fsync ") + 32  # the unfinished file
    order.clear()
    await directory.put_bytes("a/b/d", b"x")  # whoever made the folders may have died before they were flushed
    assert order[1:] == ["fsync objects", "fsync a", "rename", "fsync b"]


def test_the_store_itself_is_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T19: a power cut after the first upload must not take the store's own directory."""
    made: list[tuple[str, str]] = []
    fsync, mkdir = os.fsync, Path.mkdir

    def note_fsync(number: int) -> None:
        made.append(("fsync", str(Path(f"/proc/self/fd/{number}").readlink())))
        fsync(number)

    def note_mkdir(path: Path, *args: Any, **named: Any) -> None:
        made.append(("mkdir", str(path)))
        mkdir(path, *args, **named)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "mkdir", note_mkdir)
    root = tmp_path / "new" / "deep" / "objects"
    Objects(root.as_uri())
    assert made == [
        step
        for path in (root.parent.parent, root.parent, root, root / ".partial")
        for step in (("mkdir", str(path)), ("fsync", str(path.parent)))
    ]


async def test_long_writes_are_flushed_on_the_way(directory: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(local_module, "_SYNC_EVERY", CHUNK)
    monkeypatch.setattr(os, "fdatasync", flushed.append)
    await directory.put_stream("a", pieces())
    assert len(flushed) == 2


async def test_a_cancelled_put_leaves_nothing(directory: Objects, root: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * CHUNK
            await asyncio.sleep(0)

    writing = asyncio.create_task(directory.put_stream("a", endless()))
    await asyncio.sleep(0.2)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert files(root) == []


async def test_what_dead_writers_left_is_swept(directory: Objects, root: Path) -> None:
    left, fresh = root / ".partial" / "left", root / ".partial" / "fresh"
    left.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(left, (0, 0))
    assert await directory.sweep(3600) == 1
    assert [path.name for path in (root / ".partial").iterdir()] == ["fresh"]


async def test_concurrent_writers_and_deleters_of_a_folder(directory: Objects) -> None:
    """Deleting the last object removes its folder; a writer at that moment makes it again."""

    async def again_and_again(number: int) -> None:
        for _ in range(30):
            await directory.put_bytes(f"a/b/{number}", b"x")
            assert await directory.head(f"a/b/{number}") == 1
            await directory.delete(f"a/b/{number}")

    await asyncio.gather(*(again_and_again(number) for number in range(6)))
    assert await keys(directory) == []


async def test_a_directory_that_is_away(directory: Objects, root: Path) -> None:
    await directory.check()
    await directory.put_bytes("a", b"x")
    (root / ".partial").rename(root.parent / "elsewhere")  # as when nothing is mounted where the store should be
    with pytest.raises(StoreUnavailable, match="mounted"):
        await directory.check()
    shutil.move(root, root.parent / "gone")
    for attempt in (directory.check(), directory.head("a"), directory.delete("a"), read(directory, "a")):
        with pytest.raises(StoreUnavailable, match="cannot be opened"):
            await attempt


async def test_a_remote_store_that_is_away(monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int) -> None:
    for name, value in (
        ("AWS_ENDPOINT", f"http://127.0.0.1:{unused_tcp_port}"),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_REGION", "local"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(remote, "RETRY", {"max_retries": 0})
    away = Objects("s3://bucket")
    for attempt in (
        away.check(), away.put_bytes("a", CONTENT), away.head("a"), away.delete("a"), keys(away), read(away, "a"),
    ):  # fmt: skip
        with pytest.raises(StoreUnavailable, match="does not answer"):
            await attempt


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("needs root, to mount a small file system")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True)
    if made.returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run(["umount", place], check=True)


async def test_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    objects = Objects((small_disk / "objects").as_uri())
    await objects.put_bytes("kept", b"kept")
    (tmp_path / "large").write_bytes(bytes(6 * CHUNK))
    with pytest.raises(StoreFull, match="no space left"):
        await objects.put_bytes("large", bytes(6 * CHUNK))
    with pytest.raises(StoreFull):
        await objects.put_file("large", tmp_path / "large")
    assert await keys(objects) == ["kept"]
    assert files(small_disk) == ["kept"]
    await objects.put_bytes("after", bytes(2 * CHUNK))


async def test_a_disk_that_cannot_be_written(small_disk: Path) -> None:
    objects = Objects((small_disk / "objects").as_uri())
    await objects.put_bytes("kept", b"kept")
    await asyncio.to_thread(lambda: subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True))
    with pytest.raises(StoreUnavailable, match="Read-only"):
        await objects.put_bytes("new", b"x")
    assert await read(objects, "kept") == b"kept"


async def test_a_full_disk_beside_a_remote_store(small_disk: Path) -> None:
    objects = Objects("memory:///")
    await objects.put_bytes("large", bytes(6 * CHUNK))
    with pytest.raises(StoreFull):
        async with objects.local_copy("large", small_disk):
            pass
    assert files(small_disk) == []


async def test_an_open_object(directory: Objects) -> None:
    """For who sends it without reading it; it is the same object whether it was opened lately or not."""
    content = os.urandom(3_000_000)
    await directory.put_bytes("a/b/c", content)
    for _ in range(3):
        opened = await directory.open_local("a/b/c")
        assert opened is not None
        with opened:
            for offset, count in ((0, 1), (0, 1_000_000), (2_999_999, 1), (1_000_000, 2_000_000)):
                await opened.bring(offset, count)
                assert os.pread(opened.fileno(), count, offset) == content[offset : offset + count]
            await opened.bring(3_000_000, 100)  # beyond the end: who reads it will see
    await directory.delete("a/b/c")
    for _ in range(2):
        with pytest.raises(NoSuchObject):
            await directory.open_local("a/b/c")


def is_open(descriptor: int) -> bool:
    with suppress(OSError):
        os.fstat(descriptor)
        return True
    return False


async def test_an_open_object_is_kept_for_the_next_and_closed_after_a_while(
    directory: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened_files, "_KEPT_SECONDS", 1.0)
    await directory.put_bytes("a", b"content")
    first, second = await directory.open_local("a"), await directory.open_local("a")
    assert first is not None and second is not None
    number = first.fileno()
    assert second.fileno() == number
    with first:
        await asyncio.sleep(1.5)
        assert is_open(number)  # the second has it still, longer than files are kept
    with second:
        assert os.pread(number, 10, 0) == b"content"
    assert not is_open(number)
    with await directory.open_local("a") as third:  # type: ignore[union-attr]
        number = third.fileno()
    assert is_open(number)
    async with asyncio.timeout(PATIENCE):
        while is_open(number):  # noqa: ASYNC110 - nothing tells it
            await asyncio.sleep(0.05)


async def test_what_has_the_name_now_is_opened(directory: Objects, root: Path) -> None:
    """Written anew, put in place by somebody else, or reached by another path: never what was open before."""
    await directory.put_bytes("a/b", b"old")

    async def content() -> bytes:
        opened = await directory.open_local("a/b")
        assert opened is not None
        with opened:
            return os.pread(opened.fileno(), 10, 0)

    assert await content() == b"old"
    await directory.put_bytes("a/b", b"new")
    assert await content() == b"new"
    (root / "other").write_bytes(b"other")
    (root / "other").rename(root / "a" / "b")
    assert await content() == b"other"
    (root / "c").mkdir()
    (root / "c" / "b").write_bytes(b"beside")
    (root / "a").rename(root / "d")
    (root / "a").symlink_to(root / "c")
    with pytest.raises(NoSuchObject):
        await content()


async def test_only_so_many_objects_are_kept_open(directory: Objects) -> None:
    numbers = []
    for n in range(opened_files._MOST_KEPT + 5):
        await directory.put_bytes(f"n{n}", b"x")
        with await directory.open_local(f"n{n}") as opened:  # type: ignore[union-attr]
            numbers.append((opened.fileno(), os.fstat(opened.fileno()).st_ino))
    kept = [inode for number, inode in numbers if is_open(number) and os.fstat(number).st_ino == inode]
    assert len(kept) == opened_files._MOST_KEPT


async def test_what_is_not_in_memory_is_read_in_a_thread(directory: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    await directory.put_bytes("a", bytes(2_000_000))
    opened = await directory.open_local("a")
    assert opened is not None
    read: list[tuple[int, int, bool]] = []
    original = os.pread

    def noted(file: int, count: int, offset: int) -> bytes:
        read.append((count, offset, threading.current_thread() is threading.main_thread()))
        return original(file, count, offset)

    def cold(*_: object) -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "pread", noted)
    with opened:
        await opened.bring(0, 1000)
        assert read == []  # it was written just now
        monkeypatch.setattr(os, "preadv", cold)
        await opened.bring(5, 1000)
    assert read == [(1000, 5, False)]


async def test_who_has_no_files_or_no_urls(directory: Objects) -> None:
    memory = Objects("memory:///")
    await memory.put_bytes("a", b"x")
    assert await memory.open_local("a") is None
    for store in (directory, memory):
        with pytest.raises(CannotSign, match="s3://"):
            await store.signed_url("a", "GET", 60)
