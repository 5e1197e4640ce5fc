"""What a request for an address would be answered, and why: for the operator, who may know what players may not."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import msgspec

from minivod import ids
from minivod.playback.files import address_of, file_of, is_app_id
from minivod.playback.rules import Asked, Forbidden, judge
from minivod.playback.signature import directory_of
from minivod.store.database import Database
from minivod.store.distributions import SIGNED
from minivod.store.playables import Playable, Standing, find_playables, find_standing

_PARTS = 4
_OK, _FORBIDDEN, _NOT_FOUND = 200, 403, 404


@dataclass(frozen=True)
class Foretold:
    """The status of the answer, the reason unless it is 200, and what else decides that an address does not tell."""

    status: int
    reason: str = ""
    note: str = ""


async def foretell(
    db: Database, url: str, query: list[tuple[str, str]], now: float, public_url: str = ""
) -> Foretold | None:
    """The answer to a GET that has no Referer, as far as the database tells; no address is counted for it.

    Args:
        db: of the server.
        url: of a file.
        query: names and values of its query.
        now: Unix time, seconds.
        public_url: the setting, whose path may be part of the address.

    Returns:
        None for what names no video of this server.
    """
    prefix, path = urlsplit(public_url).path.rstrip("/"), unquote(urlsplit(url).path)
    inner = path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path
    parts = inner.lstrip("/").split("/", _PARTS)
    if len(parts) < _PARTS or not (is_app_id(parts[0]) and ids.is_file_id(parts[2])):
        return None
    (app_id, directory, file_id), (folder, name) = parts[:3], (parts[3:] if len(parts) > _PARTS else ["", parts[3]])
    standing = await find_standing(db, file_id)
    if standing is None:
        return None
    if (int(app_id), directory) != (standing.app_id, standing.directory):
        return Foretold(_NOT_FOUND, "the AppId or the directory in the address is not that of the video")
    address = address_of(int(app_id), file_id, folder, name)
    [playable] = await find_playables(db, [address]) if address else [None]
    if playable is None:
        return Foretold(_NOT_FOUND, _why(standing))
    signed_for = [directory_of(inner), directory_of(f"{prefix}{inner}")]
    foretold = _answer(playable, Asked(signed_for, query, [], now), "" if folder else name)
    return foretold if playable.plays or foretold.status != _NOT_FOUND else Foretold(_NOT_FOUND, _why(standing))


def _answer(playable: Playable, asked: Asked, name: str) -> Foretold:
    note = "" if playable.referers is None else "the application has a rule for Referers, which decides too"
    if playable.distribution != SIGNED:
        note = f"the distribution is {playable.distribution}: no signature is looked at"
    try:
        judge(msgspec.structs.replace(playable, referers=None), asked)
    except Forbidden as refusal:
        return Foretold(_FORBIDDEN, f"by the key of application {playable.sub_app_id}, {refusal}")
    if not playable.plays or file_of(playable, name, PurePosixPath(name).suffix) is None:
        return Foretold(_NOT_FOUND, "the video plays, and has no file of that name that does")
    return Foretold(_OK, note=note)


def _why(standing: Standing) -> str:
    """The first of the conditions of the store's query that is not met."""
    reasons = {
        f"account {standing.app_id} is disabled": not standing.enabled,
        f"application {standing.sub_app_id} is {standing.status}": standing.status != "On",
        "the video is forbidden (ForbidMediaDistribution)": standing.forbidden,
        "the video has passed its ExpireTime": standing.expired,
        "the video was rejected": standing.state != "PASS" and (standing.barred == "rejected" or standing.rejected),
        "the publication of the video was withdrawn": standing.state != "PASS" and standing.barred == "withdrawn",
        f"the video is not published, and the distribution is {standing.distribution}": standing.state != "PASS",
    }
    return next((reason for reason, holds in reasons.items() if holds), "the video has no file of that name that plays")
