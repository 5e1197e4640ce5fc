"""What the actions that begin processing have in common: the parameters beside the work itself, and their checks."""

from collections.abc import Sequence

from minivod import errors
from minivod.actions import CallContext
from minivod.actions.file_ids import check_file_id, no_video
from minivod.errors import WireError, shorten
from minivod.processing.accept import Order, accept
from minivod.processing.plan import Step
from minivod.processing.room import check_room
from minivod.publishing.preflight import Preflight
from minivod.store import media
from minivod.wire.procedure import Told

MODES = ("Finish", "Change", "None")
LONGEST_SESSION = 50
LONGEST_CONTEXT = 1000
VALUE_ERRORS: dict[str, type[WireError]] = {
    "FileId": errors.InvalidFileId,
    "SubAppId": errors.InvalidSubAppId,
}


def told(mode: str, session_id: str, session_context: str) -> Told:
    """The checked parameters TasksNotifyMode, SessionId and SessionContext.

    Raises:
        InvalidParameterValue: one of them is not what it may be; too long ones have codes of their own.
    """
    if mode and mode not in MODES:
        raise errors.InvalidParameterValue(f"TasksNotifyMode {shorten(mode)} is none of {', '.join(MODES)}")
    for name, text, longest in (
        ("SessionId", session_id, LONGEST_SESSION),
        ("SessionContext", session_context, LONGEST_CONTEXT),
    ):
        if len(text) > longest:
            raise errors.invalid(f"{name}TooLong")(f"{name} has {len(text)} characters; it may have {longest}")
        if "\0" in text:
            raise errors.InvalidParameterValue(f"{name} holds a character of code 0")
    return Told(notify=mode or MODES[0], session_id=session_id, session_context=session_context)


def file_id_of(file_id: str, path: str, url: str = "") -> str:
    """The FileId that is asked for.

    Raises:
        InvalidParameterValue: a way to name a video that this server does not have.
        InvalidFileId: not the form of a FileId.
    """
    if path:
        raise errors.InvalidMediaStoragePath(
            f"MediaStoragePath {shorten(path)}: videos are named by FileId here; applications in the mode FileID + "
            "Path are not offered"
        )
    if url:
        raise errors.InvalidParameterValue(f"Url {shorten(url)}: processing by URL is not offered; upload the video")
    check_file_id(file_id)
    return file_id


async def begin(
    call: CallContext,
    file_id: str,
    steps: Sequence[Step],
    *,
    publish: int | None,
    priority: int,
    told: Told,
    session_days: int,
) -> str:
    """Commits the task; its TaskId. `session_days`: how long the action refuses its SessionId again.

    Raises:
        FileNotExist: no such video in this application, or its original was deleted.
        InvalidFileType: the original is to be published, and is known to be what the Mini Program cannot play.
        TaskDuplicate, FailedOperation: as `accept`.
        QuotaExceeded: the application has no room.
    """
    tasks = len(steps) + (publish is not None)
    async with call.services.database.transaction() as connection:
        await check_room(connection, call.sub_app_id, call.quota, tasks=tasks)
        await media.hold(connection, call.sub_app_id, file_id)
        found = await media.find_one(connection, call.sub_app_id, file_id)
        if found is None:
            raise no_video(file_id)
        if found.object_key is None:
            raise errors.FileNotExist(f"FileId {file_id}: its original was deleted and cannot be processed any more")
        said = Preflight.from_settings(call.services.settings).refusal(0, found.metadata) if publish == 0 else None
        if said is not None:
            raise errors.InvalidFileType(f"FileId {file_id}, which is to be published: {said}")
        return await accept(
            connection,
            call.services.public_url,
            Order(
                sub_app_id=call.sub_app_id,
                app_id=call.app_id,
                file_id=file_id,
                steps=steps,
                publish=publish,
                priority=priority,
                told=told,
                session_days=session_days,
            ),
        )
