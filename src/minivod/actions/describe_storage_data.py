"""DescribeStorageData: how many videos an application has, and how many bytes they are."""

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.storage_shapes import HERE
from minivod.store import storage


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is stored is of the standard class, and told as in the area Chinese Mainland, wherever the server is."""

    SubAppId: int | None = None


class StorageStatData(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes in an area."""

    Area: str
    TotalStorage: int
    StandardStorage: int
    InfrequentStorage: int = 0
    ArchiveStorage: int = 0
    DeepArchiveStorage: int = 0


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of originals, covers, results, published files and subtitles."""

    MediaCount: int
    TotalStorage: int
    StandardStorage: int
    StorageStat: list[StorageStatData]
    InfrequentStorage: int = 0
    ArchiveStorage: int = 0
    DeepArchiveStorage: int = 0


async def run(call: CallContext, request: Request) -> Response:
    """Reads the counters."""
    found = await storage.stored(call.services.database, call.sub_app_id)
    area = StorageStatData(Area=HERE, TotalStorage=found.bytes, StandardStorage=found.bytes)
    return Response(MediaCount=found.media, TotalStorage=found.bytes, StandardStorage=found.bytes, StorageStat=[area])


ACTION = Action(
    name="DescribeStorageData",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors={"SubAppId": errors.InvalidSubAppId},
)
