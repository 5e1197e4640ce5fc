"""Play-info, version 4: where a player finds a published file, and what it is called (contract.md §7)."""

from dataclasses import dataclass

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from minivod import ids
from minivod.clock import Clock
from minivod.playback.files import is_app_id
from minivod.playback.psign import Claims, ContentInfo, InvalidPsign, verify_psign
from minivod.store import play_keys
from minivod.store.database import Database
from minivod.store.playable_reader import PlayableReader
from minivod.store.publications import Playable
from minivod.urls import cover_url, media_url

log = structlog.get_logger(__name__)

VERSION = 4
INVALID_REQUEST, REFUSED, NOT_FOUND = 400, 403, 404
"""Values of `code` that are not 0. The reference publishes no table of its own; players show code and message."""

_NOT_FOUND = "the file does not exist or is not published"
_NO_PSIGN = "psign is missing; this server requires one (setting require_psign)"


class BasicInfo(msgspec.Struct, frozen=True, rename="camel"):
    """Name and measures: `size` in bytes, `duration` in whole seconds (players read it as an integer)."""

    name: str
    size: int
    duration: int
    description: str
    cover_url: str


class Location(msgspec.Struct, frozen=True, rename="camel"):
    """Where the file is; `definition` and `container` say what it is."""

    url: str
    definition: int
    container: str
    size: int
    duration: float
    width: int
    height: int
    bitrate: int


class Media(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`audioVideoType` names the member that holds the URL: Original or Transcode."""

    basic_info: BasicInfo
    audio_video_type: str
    original_info: Location | None = None
    transcode_info: Location | None = None


class Answer(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Without `media` it is an error, and `code` is not 0."""

    code: int
    message: str
    request_id: str
    version: int | None = None
    context: str = ""
    media: Media | None = None


class Refusal(Exception):
    """The answer is an error."""

    def __init__(self, code: int, message: str) -> None:
        """Args: code: on the wire; message: for the player's developer."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class PlayInfo:
    """Answers requests for play-info."""

    database: Database
    playables: PlayableReader
    clock: Clock
    public_url: str
    require_psign: bool

    async def respond(self, request: Request, request_id: str) -> Response:
        """HTTP 200 for errors too: players drop the body of every other status, and with it the reason."""
        try:
            playable = await self._find(request)
            answer = Answer(0, "", request_id, VERSION, request.query_params.get("context", ""), self._media(playable))
        except Refusal as refusal:
            log.info("play_info_refused", request_id=request_id, code=refusal.code, reason=str(refusal))
            answer = Answer(refusal.code, str(refusal), request_id)
        return Response(
            msgspec.json.encode(answer),
            headers={"cache-control": "no-store", "x-content-type-options": "nosniff"},
            media_type="application/json",
        )

    async def _find(self, request: Request) -> Playable:
        """The file.

        A psign is checked before it is known whether there is a file, so that whoever has no key cannot learn it.

        Raises:
            Refusal: no such file is published, or the request does not entitle to it.
        """
        app_id, file_id = request.path_params["app_id"], request.path_params["file_id"]
        given = request.query_params.getlist("psign")
        if len(given) > 1:
            raise Refusal(INVALID_REQUEST, "psign is given more than once")
        psign = given[0] if given else ""
        if self.require_psign and not psign:
            raise Refusal(REFUSED, _NO_PSIGN)
        if not (is_app_id(app_id) and ids.is_file_id(file_id)):
            raise Refusal(NOT_FOUND, _NOT_FOUND)
        applications = await play_keys.find(self.database, int(app_id))
        claims = None
        if psign:
            keys = {sub_app_id: key for sub_app_id, (_, key) in applications.items()}
            try:
                signer, claims = verify_psign(psign, keys, app_id=int(app_id), file_id=file_id, now=self.clock.now())
            except InvalidPsign as error:
                raise Refusal(REFUSED, str(error)) from None
            applications = {signer: applications[signer]}
        owner = next((account for account, _ in applications.values()), None)
        playable = await self.playables.find(owner, file_id) if owner else None
        if playable is None or playable.sub_app_id not in applications:
            raise Refusal(NOT_FOUND, _NOT_FOUND)
        _check_form(claims, playable)
        return playable

    def _media(self, playable: Playable) -> Media:
        probed = playable.metadata
        url = media_url(self.public_url, playable, playable.definition)
        where = Location(
            url=url,
            definition=playable.definition,
            container=probed["container"],
            size=probed["size"],
            duration=probed["duration"],
            width=probed["width"],
            height=probed["height"],
            bitrate=probed["bitrate"],
        )
        basic = BasicInfo(
            name=playable.name,
            size=probed["size"],
            duration=round(probed["duration"]),
            description=playable.description,
            cover_url=cover_url(self.public_url, playable),
        )
        if playable.definition:
            return Media(basic, "Transcode", transcode_info=where)
        return Media(basic, "Original", original_info=where)


def _check_form(claims: Claims | None, playable: Playable) -> None:
    """Only the form that was published may be played, so a psign for another one asks for nothing there is."""
    wanted = claims.contentInfo if claims else None
    have = ContentInfo("Transcode", playable.definition) if playable.definition else ContentInfo("Original")
    if wanted is not None and (wanted.audioVideoType, wanted.transcodeDefinition or 0) != (
        have.audioVideoType,
        have.transcodeDefinition or 0,
    ):
        raise Refusal(
            NOT_FOUND, f"psign asks for contentInfo.audioVideoType {wanted.audioVideoType}; published is {_name(have)}"
        )


def _name(form: ContentInfo) -> str:
    template = f" with transcodeDefinition {form.transcodeDefinition}" if form.transcodeDefinition else ""
    return f"{form.audioVideoType}{template}"
