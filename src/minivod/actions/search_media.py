"""SearchMedia: finds videos by what is known of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.file_ids import check_file_ids
from minivod.actions.media_infos import gather, parts
from minivod.actions.times import NEVER, moment
from minivod.errors import shorten
from minivod.store import search
from minivod.store.search import MOST, Search, Span
from minivod.wire.media_info import MediaInfo

_PAGE = 100
"""Videos that are described at a time, so that others get their turn between."""
_SECOND = timedelta(seconds=1)

Ten = Meta(max_length=10)
Part = Annotated[str, Meta(min_length=1, max_length=100)]
Given = Annotated[str, Meta(min_length=1, max_length=64)]
Source = Literal["Record", "Upload", "VideoProcessing", "TrtcRecord", "WebPageRecord", "Unknown"]


class TimeRange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Both times belong to it; without one it has no end on that side."""

    After: str = ""
    Before: str = ""


class SortBy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order."""

    Field: Literal["CreateTime"]
    Order: Literal["Asc", "Desc"]


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is given must hold, of a list one of its entries.

    Parts of names and descriptions are found wherever they stand, in any case and width of their letters. Nothing here
    was recorded from a live stream or a meeting, or is in a knowledge base: what asks for that finds nothing, as do
    storage classes but STANDARD. Vid and Vids, which the reference says have no effect, are refused.
    """

    SubAppId: int | None = None
    FileIds: Annotated[list[str], Ten] = []
    Names: Annotated[list[Part], Ten] = []
    NamePrefixes: Annotated[list[Part], Ten] = []
    Descriptions: Annotated[list[Part], Ten] = []
    ClassIds: Annotated[list[int], Ten] = []
    Tags: Annotated[list[Annotated[str, Meta(min_length=1, max_length=32)]], Meta(max_length=16)] = []
    Categories: list[Literal["Video", "Audio", "Image"]] = []
    SourceTypes: Annotated[list[Source], Ten] = []
    StreamIds: Annotated[list[Given], Ten] = []
    CreateTime: TimeRange | None = None
    ExpireTime: TimeRange | None = None
    StorageRegions: Annotated[list[Annotated[str, Meta(min_length=1, max_length=20)]], Meta(max_length=20)] = []
    StorageClasses: list[Literal["STANDARD", "STANDARD_IA", "ARCHIVE", "DEEP_ARCHIVE"]] = []
    MediaTypes: Annotated[list[Given], Ten] = []
    Status: list[Literal["Normal", "SystemForbidden", "Forbidden"]] = []
    ReviewResults: list[Literal["pass", "review", "block", "notModerated"]] = []
    TrtcSdkAppIds: Annotated[list[int], Ten] = []
    TrtcRoomIds: Annotated[list[Given], Ten] = []
    Filters: list[str] = []
    Sort: SortBy | None = None
    Offset: Annotated[int, Meta(ge=0)] = 0
    Limit: Annotated[int, Meta(ge=0)] = 10
    Text: Annotated[str, Meta(max_length=64)] = ""
    SourceType: Literal["", Source] = ""
    StreamId: str = ""
    StartTime: str = ""
    EndTime: str = ""
    Vids: list[str] = []
    Vid: str = ""
    StreamDomains: list[str] = []
    StreamPaths: list[str] = []
    KnowledgeBases: list[str] = []


class Response(msgspec.Struct, frozen=True):
    """How many match, 5000 at most, and a page of them."""

    TotalCount: int
    MediaInfoSet: list[MediaInfo]


async def run(call: CallContext, request: Request) -> Response:
    """Searches.

    Raises:
        InvalidFileIds: a value that is no FileId.
        InvalidParameterValue: a filter that does not exist, a time that is none, Vid or Vids; with the code that the
            reference has for Offset, Limit, StartTime, EndTime and Vids.
    """
    check_file_ids(request.FileIds)
    wanted = parts(request.Filters)
    _check_page(request)
    if request.Vids or request.Vid:
        name, code = ("Vids", errors.invalid("Vids")) if request.Vids else ("Vid", errors.InvalidParameterValue)
        raise code(f"{name} has no effect in the reference and is not accepted here; search by FileIds")
    asked = _search(call, request)
    if _of_nothing_here(request):
        return Response(0, [])
    found = await search.find(call.services.database, asked, call.services.clock.utc())
    infos: list[MediaInfo] = []
    for start in range(0, len(found.file_ids), _PAGE):
        infos += await gather(call, found.file_ids[start : start + _PAGE], wanted)
    return Response(found.total, infos)


def _check_page(request: Request) -> None:
    if request.Offset + request.Limit > MOST:
        name = "Limit" if request.Limit > MOST else "Offset"
        raise errors.invalid(name)(
            f"Offset {request.Offset} and Limit {request.Limit} are more than {MOST} together; ask for less at a time"
        )


def _of_nothing_here(request: Request) -> bool:
    """Whether it asks for what no video here can be: recorded, in a knowledge base, in another storage class."""
    sources: list[Sequence[str]] = [request.SourceTypes, [request.SourceType] if request.SourceType else []]
    return bool(
        request.StreamIds
        or request.StreamId
        or request.StreamDomains
        or request.StreamPaths
        or request.TrtcSdkAppIds
        or request.TrtcRoomIds
        or request.KnowledgeBases
        or any(given and "Upload" not in given for given in sources)
        or (request.StorageClasses and "STANDARD" not in request.StorageClasses)
    )


def _search(call: CallContext, request: Request) -> Search:
    created, expires = request.CreateTime or TimeRange(), request.ExpireTime or TimeRange()
    begin = _after("CreateTime.After", created.After) or _after("StartTime", request.StartTime)
    end = _before("CreateTime.Before", created.Before) or _after("EndTime", request.EndTime)
    expiry = Span(_after("ExpireTime.After", expires.After), _before("ExpireTime.Before", expires.Before))
    never = (expiry.begin is None or expiry.begin <= NEVER) and (expiry.end is None or expiry.end > NEVER)
    kinds: dict[str, Sequence[object]] = {
        "t": request.Tags, "c": request.ClassIds, "k": request.Categories, "r": request.StorageRegions,
        "m": [one.lower() for one in request.MediaTypes], "s": request.Status, "v": request.ReviewResults,
    }  # fmt: skip
    return Search(
        sub_app_id=call.sub_app_id,
        file_ids=request.FileIds,
        terms=[[f"{kind}{one}" for one in values] for kind, values in kinds.items() if values],
        names=request.Names,
        prefixes=request.NamePrefixes,
        descriptions=request.Descriptions,
        text=request.Text,
        created=Span(begin, end),
        expires=expiry,
        never_expires=never,
        newest_first=request.Sort is None or request.Sort.Order == "Desc",
        offset=request.Offset,
        limit=request.Limit,
    )


def _moment(name: str, given: str) -> datetime | None:
    found = moment(given) if given else None
    if given and found is None:
        code = errors.invalid(name) if name in ("StartTime", "EndTime") else errors.InvalidParameterValue
        raise code(f"{name} {shorten(given)} is not a time as ISO 8601 writes it (2030-01-31T12:00:00Z)")
    return found


def _after(name: str, given: str) -> datetime | None:
    """From when on: times are told in whole seconds, so a part of one belongs to the next."""
    found = _moment(name, given)
    if found is None or not found.microsecond:
        return found
    return min(found, NEVER - _SECOND).replace(microsecond=0) + _SECOND


def _before(name: str, given: str) -> datetime | None:
    """Until when: the second that is named belongs to it."""
    found = _moment(name, given)
    return found.replace(microsecond=0) + _SECOND if found and found < NEVER else None


ACTION = Action(
    name="SearchMedia",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors={
        name: errors.invalid(name)
        for name in (
            "FileIds", "Names", "NamePrefixes", "Tags", "ClassIds", "Categories", "SourceTypes", "SourceType",
            "StreamIds", "StorageRegions", "Status", "Sort", "Offset", "Limit", "Text", "SubAppId", "ExpireTime",
        )
    }
    | {"StorageClasses": errors.invalid("StorageClass"), "MediaTypes": errors.InvalidMediaType},
)  # fmt: skip
