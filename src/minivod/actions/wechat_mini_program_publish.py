"""WeChatMiniProgramPublish: review a video and publish it for the Mini Program player (contract.md §2)."""

import msgspec

from minivod import errors, ids
from minivod.actions import Action, CallContext
from minivod.errors import shorten
from minivod.publishing import formats
from minivod.store.publications import KIND, TRANSCODES, PublishRequest, Verdict

_SHOWN = 12


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SourceDefinition 0 publishes the original, else the result of that transcoding template."""

    FileId: str
    SubAppId: int | None = None
    SourceDefinition: int = 0


class Response(msgspec.Struct, frozen=True):
    """TaskId of the accepted task; it and its job are committed."""

    TaskId: str


async def run(call: CallContext, request: Request) -> Response:
    """Accepts the publication.

    Raises:
        InvalidFileId, FileNotExist: no such video in this application, or its original was deleted.
        InvalidSourceDefinition: no transcode by that template.
        InvalidFileType: a container that the Mini Program cannot play.
        FailedOperation: the video is published, or is being published.
    """
    if not ids.is_file_id(request.FileId):
        raise errors.InvalidFileId(f"FileId {shorten(request.FileId)} is not a FileId: 16 to 19 decimal digits")
    accepted = PublishRequest(
        sub_app_id=call.sub_app_id,
        app_id=call.app_id,
        file_id=request.FileId,
        definition=request.SourceDefinition,
        task_id=ids.new_task_id(call.app_id, KIND),
    )
    verdict = await call.services.publications.accept(accepted)
    if not verdict.accepted:
        containers = formats.containers(allow_mov=call.services.settings.allow_mov_originals)
        raise refusal(request.FileId, request.SourceDefinition, verdict, containers)
    return Response(TaskId=accepted.task_id)


def refusal(file_id: str, definition: int, verdict: Verdict, containers: frozenset[str]) -> errors.WireError:
    """Why the request was not accepted."""
    if not verdict.known:
        return errors.FileNotExist(f"FileId {file_id} does not exist in this application")
    if not verdict.has_source and (definition == 0 or verdict.container is None):
        return errors.FileNotExist(f"FileId {file_id}: its original was deleted and cannot be published any more")
    if definition != 0 and verdict.container not in TRANSCODES:
        return _no_transcode(file_id, definition, verdict)
    if definition == 0 and verdict.container not in containers:
        return errors.InvalidFileType(
            f"FileId {file_id} is a {verdict.container} file; the original of a publication must be "
            f"{formats.container_titles(containers)}. {_way_on(verdict.container)}. {formats.summary(containers)}"
        )
    if verdict.state == "RUNNING":
        return errors.FailedOperation(f"FileId {file_id} is being published already by task {verdict.task_id}")
    if verdict.state == "PASS":
        return errors.FailedOperation(
            f"FileId {file_id} is published already (task {verdict.task_id}); delete the part "
            "WechatMiniProgramPublishFiles with DeleteMedia before you publish it again"
        )
    return errors.FailedOperation(f"FileId {file_id} was changed by another request at the same time; try again")


def _no_transcode(file_id: str, definition: int, verdict: Verdict) -> errors.WireError:
    """Nothing of that template can be published: what there is, and what would help."""
    if verdict.container is not None:
        return errors.InvalidFileType(
            f"SourceDefinition {definition}: the transcode of FileId {file_id} by that template is "
            f"{verdict.container}; only MP4 and HLS can be published, for example by template 10"
        )
    if definition in verdict.adaptive:
        return errors.InvalidSourceDefinition(
            f"SourceDefinition {definition} is an adaptive result of FileId {file_id}, which cannot be published; "
            "publish a transcode, for example by template 10"
        )
    have = ", ".join(map(str, verdict.definitions[:_SHOWN])) or "none"
    return errors.InvalidSourceDefinition(
        f"SourceDefinition {definition}: FileId {file_id} has no transcode by that template (there are: {have}); have "
        "it made by ProcessMedia (templates 10 to 40 make MP4), or publish the original with 0"
    )


def _way_on(container: str | None) -> str:
    if container == formats.MOV:
        return (
            "Its streams can stay as they are: upload it as MP4 (`ffmpeg -i video.mov -c copy video.mp4` makes one), "
            "or the operator of this server turns on the setting allow_mov_originals"
        )
    return "Upload it as MP4, or have it transcoded (ProcessMedia with template 10) and publish that"


ACTION = Action(
    name="WeChatMiniProgramPublish",
    request=Request,
    response=Response,
    run=run,
    value_errors={
        "FileId": errors.InvalidFileId,
        "SourceDefinition": errors.InvalidSourceDefinition,
        "SubAppId": errors.InvalidSubAppId,
    },
)
