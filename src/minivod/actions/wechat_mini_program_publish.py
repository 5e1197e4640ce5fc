"""WeChatMiniProgramPublish: review a video and publish it for the Mini Program player (contract.md §2)."""

from functools import partial

import msgspec

from minivod import errors, ids
from minivod.actions import Action, CallContext
from minivod.actions.file_ids import check_file_id, no_video
from minivod.processing import room
from minivod.publishing.preflight import Preflight
from minivod.store.publications import KIND, PublishRequest, Verdict

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
        InvalidFileType: it is known to be what the Mini Program cannot play.
        FailedOperation: the video is published, or is being published.
        QuotaExceeded: the application has no room.
    """
    check_file_id(request.FileId)
    accepted = PublishRequest(
        sub_app_id=call.sub_app_id,
        app_id=call.app_id,
        file_id=request.FileId,
        definition=request.SourceDefinition,
        task_id=ids.new_task_id(call.app_id, KIND),
    )
    if not call.quota.tasks:
        await room.look_for_room(call.services.database, call.sub_app_id, call.quota)
    fits = partial(room.room_for_tasks, call.quota) if call.quota.tasks else None
    verdict = await call.services.publications.accept(accepted, fits)
    if verdict.used is not None:
        raise room.QuotaExceeded(room.refusal(call.sub_app_id, call.quota, verdict.used, 0, 0, 1))
    if not verdict.accepted:
        raise refusal(accepted, verdict, Preflight.from_settings(call.services.settings))
    return Response(TaskId=accepted.task_id)


def refusal(request: PublishRequest, verdict: Verdict, preflight: Preflight) -> errors.WireError:
    """Why the request was not accepted."""
    file_id, definition, metadata = request.file_id, request.definition, verdict.metadata
    if not verdict.known:
        return no_video(file_id)
    if not verdict.has_source and (definition == 0 or metadata is None):
        return errors.FileNotExist(f"FileId {file_id}: its original was deleted and cannot be published any more")
    if metadata is None:
        return _no_transcode(file_id, definition, verdict)
    if said := preflight.refusal(definition, metadata):
        if definition:
            said = f"SourceDefinition {definition}: the transcode of FileId {file_id}: {said}"
        else:
            said = f"FileId {file_id}: {said}"
        return errors.InvalidFileType(said)
    if verdict.state == "RUNNING":
        return errors.FailedOperation(f"FileId {file_id} is being published already by task {verdict.task_id}")
    if verdict.state == "PASS":
        return errors.FailedOperation(
            f"FileId {file_id} is published already (task {verdict.task_id}); delete the part "
            "WechatMiniProgramPublishFiles with DeleteMedia before you publish it again"
        )
    return errors.FailedOperation(f"FileId {file_id} was changed by another request at the same time; try again")


def _no_transcode(file_id: str, definition: int, verdict: Verdict) -> errors.WireError:
    """There is none by that template: which there are, and what would help."""
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
