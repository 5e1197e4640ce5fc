"""WeChatMiniProgramPublish: what is accepted, and every refusal with its code (contract.md §2)."""

import re
from typing import Any

import msgspec
import pytest
from psycopg.types.json import Jsonb

from minivod import errors, ids
from minivod.actions import CallContext
from minivod.actions.delete_media import Request as Delete
from minivod.actions.delete_media import run as delete_media
from minivod.actions.wechat_mini_program_publish import Request, run
from minivod.media.metadata import DolbyVision, PictureFormat
from minivod.publishing.preflight import Preflight
from minivod.shapes import MediaDeleteItem
from minivod.store import publications
from minivod.store.publications import Publications

from .conftest import NewVideo, probed


async def publish(call: CallContext, file_id: str, definition: int = 0) -> str:
    return (await run(call, Request(FileId=file_id, SourceDefinition=definition))).TaskId


async def tasks_of(call: CallContext) -> set[str]:
    rows = await call.services.database.fetch_all("select task_id from task where status = 'WAITING'")
    return {row["task_id"] for row in rows}


async def part(call: CallContext, file_id: str, kind: str) -> None:
    await delete_media(call, Delete(FileId=file_id, DeleteParts=[MediaDeleteItem(kind)]))


async def test_a_video_is_accepted(call: CallContext, new_video: NewVideo) -> None:
    accepted = {await publish(call, await new_video(container)) for container in ("mp4", "3gp")}
    form = rf"{call.app_id}-wechat-mini-program-publish-[0-9a-f]{{32}}t0"
    assert all(re.fullmatch(form, task_id) for task_id in accepted)
    assert await tasks_of(call) == accepted


async def test_containers_that_cannot_be_published(call: CallContext, new_video: NewVideo) -> None:
    for container in ("flv", "mov", "mkv", "hls", "mp3", ""):
        with pytest.raises(errors.InvalidFileType, match=f"the container is {container}; it must be MP4 or 3GP"):
            await publish(call, await new_video(container))
    assert await tasks_of(call) == set()


async def test_a_refused_container_says_how_to_go_on(call: CallContext, new_video: NewVideo) -> None:
    table = r"What can be published is: container MP4 or 3GP; video H\.264 .*; audio none, AAC .* or MP3$"
    cure = r"A transcode by template 30 or 100030 cures that: .* with that SourceDefinition\."
    with pytest.raises(errors.InvalidFileType, match=rf"{cure} .*`ffmpeg -i .*allow_mov_originals\. {table}"):
        await publish(call, await new_video("mov"))
    with pytest.raises(errors.InvalidFileType, match=rf"{cure} .*`ffmpeg -i video\.flv .* makes one\)\. {table}"):
        await publish(call, await new_video("flv"))
    with pytest.raises(errors.InvalidFileType, match=rf"{cure} {table}"):
        await publish(call, await new_video("avi"))


HIGH_10 = PictureFormat("High 10", 10, "4:2:0")
UNPLAYABLE: list[tuple[dict[str, Any], str]] = [
    ({"format": HIGH_10, "audio": "opus"}, r"H\.264 High 10 \(10 bit, 4:2:0\); .*the audio codec is opus"),
    ({"codec": "av1"}, "the video codec is av1; it must be H.264 or H.265"),
    ({"audio": "opus"}, "the audio codec is opus; it must be AAC or MP3"),
]


@pytest.mark.parametrize(("streams", "said"), UNPLAYABLE)
async def test_streams_that_are_known_to_be_unplayable(
    call: CallContext, new_video: NewVideo, streams: dict[str, Any], said: str
) -> None:
    """Before a task is queued, with the templates that cure it; a transcode of it is published."""
    file_id = await new_video(renditions=(30,), streams=streams)
    with pytest.raises(errors.InvalidFileType, match=rf"FileId {file_id}: .*{said}.* template 30 or 100030 cures"):
        await publish(call, file_id)
    assert await tasks_of(call) == set()
    assert await tasks_of(call) != {await publish(call, file_id, 30)}


async def test_what_no_template_cures(call: CallContext, new_video: NewVideo) -> None:
    strange = {"codec": "unknown", "codec_tag": "apvx"}
    for streams in (strange, {**strange, "encrypted": True}):
        with pytest.raises(errors.InvalidFileType, match=r"No transcoding template cures that\. What can"):
            await publish(call, await new_video(streams=streams))


@pytest.mark.parametrize(
    "streams",
    [
        {"format": PictureFormat()},
        {"format": HIGH_10},
        {"codec": "hevc", "format": PictureFormat("Rext", 12, "4:2:0")},
        {"encrypted": True},
        {"dolby_vision": DolbyVision(5, 0)},
        {"audio": "aac"},
    ],
)
async def test_what_a_playable_codec_holds_is_the_tasks_to_judge(
    call: CallContext, new_video: NewVideo, streams: dict[str, Any]
) -> None:
    assert {await publish(call, await new_video(streams=streams))} == await tasks_of(call)


async def test_a_mov_where_the_operator_allows_it(call: CallContext, new_video: NewVideo) -> None:
    services = call.services
    settings = msgspec.structs.replace(services.settings, allow_mov_originals=True)
    accepts = Publications(services.database, Preflight.from_settings(settings).accepts)
    allowed = msgspec.structs.replace(
        call, services=msgspec.structs.replace(services, settings=settings, publications=accepts)
    )
    file_id = await new_video("mov")
    task_id = await publish(allowed, file_id)
    assert await tasks_of(call) == {task_id}
    with pytest.raises(errors.FailedOperation, match=task_id):
        await publish(allowed, file_id)
    with pytest.raises(errors.InvalidFileType, match="must be MP4, 3GP or MOV"):
        await publish(allowed, await new_video("mkv"))


async def test_what_is_no_file_id(call: CallContext) -> None:
    forms = ["", " ", "0" * 18, "1" * 15, "1" * 20, "-528548548798527148", "٣" * 18, "5285485487985271487\n", "\0"]
    for file_id in forms:
        with pytest.raises(errors.InvalidFileId, match="16 to 19 decimal digits"):
            await publish(call, file_id)


async def test_a_file_id_that_is_none_of_this_application(call: CallContext) -> None:
    for length in (16, 17, 18, 19):
        with pytest.raises(errors.FileNotExist):
            await publish(call, "9" * length)


async def test_the_original_was_deleted(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video()
    await part(call, file_id, "OriginalFiles")
    with pytest.raises(errors.FileNotExist, match="original was deleted"):
        await publish(call, file_id)


async def test_templates_without_a_result(call: CallContext, new_video: NewVideo) -> None:
    file_id, bare = await new_video(renditions=(20, 100040)), await new_video()
    for definition in (-1, -(2**63), 1, 10, 100030, 2**31, 2**63 - 1):
        told = rf"SourceDefinition {definition}: .*there are: "
        with pytest.raises(errors.InvalidSourceDefinition, match=f"{told}20, 100040"):
            await publish(call, file_id, definition)
        with pytest.raises(errors.InvalidSourceDefinition, match=f"{told}none"):
            await publish(call, bare, definition)


async def test_a_transcode_is_published(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video("mkv", renditions=(10,))  # whatever the original is, and when it is gone
    task_id = await publish(call, file_id, 10)
    assert await tasks_of(call) == {task_id}
    other = await new_video(renditions=(10,))
    await part(call, other, "OriginalFiles")
    await publish(call, other, 10)


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        (probed("flv"), "the container is flv; it must be MP4 or HLS"),
        (probed("mp3"), "the container is mp3; it must be MP4 or HLS"),
        (probed("mp4", codec="av1"), "the video codec is av1"),
        (probed("mp4", audio="mp2"), "the audio codec is mp2"),
        (probed("mp4") | {"video": []}, "there is no video stream"),
    ],
)
async def test_a_transcode_that_cannot_be_played_is_refused(
    call: CallContext, new_video: NewVideo, metadata: dict[str, Any], said: str
) -> None:
    file_id = await new_video(renditions=(10,))
    await call.services.database.execute("update media_result set metadata = %s", [Jsonb(metadata)])
    with pytest.raises(errors.InvalidFileType, match=rf"SourceDefinition 10: the transcode of .*: {said}"):
        await publish(call, file_id, 10)
    assert await tasks_of(call) == set()


async def test_an_adaptive_result_cannot_be_published(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video(renditions=(10,))
    await call.services.database.execute("update media_result set kind = 'AdaptiveDynamicStreaming'")
    with pytest.raises(errors.InvalidSourceDefinition, match=r"is an adaptive result .* which cannot be published"):
        await publish(call, file_id, 10)


async def test_what_is_checked_first_is_told_first(call: CallContext, new_video: NewVideo) -> None:
    """FileId's form, the video, its original, the template, the container, the publication."""
    with pytest.raises(errors.InvalidFileId):
        await publish(call, "x", 7)
    with pytest.raises(errors.FileNotExist):
        await publish(call, ids.new_file_id(), 7)
    with pytest.raises(errors.InvalidSourceDefinition):
        await publish(call, await new_video("flv"), 7)
    running = await new_video(state="RUNNING")
    with pytest.raises(errors.InvalidSourceDefinition):
        await publish(call, running, 7)
    await part(call, running, "OriginalFiles")
    with pytest.raises(errors.FileNotExist):
        await publish(call, running, 7)


async def test_a_video_in_work_names_its_task(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video()
    task_id = await publish(call, file_id)
    with pytest.raises(errors.FailedOperation, match=task_id):
        await publish(call, file_id)
    assert await tasks_of(call) == {task_id}


async def test_a_published_video_says_so(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video(state="PASS")
    found = await publications.find(call.services.database, call.sub_app_id, [file_id])
    with pytest.raises(errors.FailedOperation, match=rf"published already \(task {found[file_id].task_id}\)"):
        await publish(call, file_id)
    await part(call, file_id, "WechatMiniProgramPublishFiles")
    assert await publish(call, file_id) in await tasks_of(call)


@pytest.mark.parametrize("state", ["REJECTED", "FAILED"])
async def test_after_a_refusal_it_may_be_tried_again(call: CallContext, new_video: NewVideo, state: str) -> None:
    file_id = await new_video(state=state)
    task_id = await publish(call, file_id)
    assert await tasks_of(call) == {task_id}
    found = await publications.find(call.services.database, call.sub_app_id, [file_id])
    assert (found[file_id].state, found[file_id].task_id) == ("RUNNING", task_id)
