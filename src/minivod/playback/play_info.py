"""Play-info, version 4: where a player finds a published file, and what it is called (contract.md §7)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from minivod import ids
from minivod.clock import Clock
from minivod.playback import forms
from minivod.playback.files import is_app_id
from minivod.playback.forms import Media
from minivod.playback.psign import Claims, ContentInfo, InvalidPsign, UrlAccessInfo, verify_psign
from minivod.playback.signature import signed_by
from minivod.store import play_keys
from minivod.store.database import Database
from minivod.store.distributions import SIGNED
from minivod.store.playable_reader import PlayableReader
from minivod.store.playables import Address, Playable, find_results
from minivod.store.results import SPRITE

log = structlog.get_logger(__name__)

VERSION = 4
INVALID_REQUEST, REFUSED, NOT_FOUND = 400, 403, 404
"""Values of `code` that are not 0. The reference publishes no table of its own; players show code and message."""

_NOT_FOUND = "the file does not exist or is not published"
_NO_PSIGN = "psign is missing; this server requires one (setting require_psign)"
_UNSIGNED = "psign is missing; links of this application are signed, and who has a psign is given them"
_NO_EXPIRY = "psign must say how long its links play: it has neither urlAccessInfo.t nor expireTimeStamp"
_NO_LIMITS = (
    "psign demands a limit (urlAccessInfo.exper, rlimit) that only signed links keep; the distribution of this "
    "application is {}"
)


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
    https_url: str = ""

    async def respond(self, request: Request, request_id: str) -> Response:
        """HTTP 200 for errors too: players drop the body of every other status, and with it the reason."""
        try:
            playable, claims = await self._find(request)
            link = links_of(playable, claims)
            if not playable.plays:
                raise Refusal(NOT_FOUND, _NOT_FOUND)
            by_https = request.url.scheme == "https" and self.https_url
            wanted = claims.contentInfo if claims else None
            media = await self._media(playable, wanted, self.https_url if by_https else self.public_url)
            media = forms.with_links(media, link) if link else media
            answer = Answer(0, "", request_id, VERSION, request.query_params.get("context", ""), media)
        except Refusal as refusal:
            log.info("play_info_refused", request_id=request_id, code=refusal.code, reason=str(refusal))
            answer = Answer(refusal.code, str(refusal), request_id)
        return Response(
            msgspec.json.encode(answer),
            headers={"cache-control": "no-store", "x-content-type-options": "nosniff"},
            media_type="application/json",
        )

    async def _find(self, request: Request) -> tuple[Playable, Claims | None]:
        """The video, and what the psign says, if there is one.

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
        playable = await self.playables.find(Address(owner, file_id)) if owner else None
        if playable is None or playable.sub_app_id not in applications:
            raise Refusal(NOT_FOUND, _NOT_FOUND)
        return playable, claims

    async def _media(self, playable: Playable, wanted: ContentInfo | None, base: str) -> Media:
        """The published form, or another one that plays beside it, if the psign names one; `base` of its URLs."""
        published = forms.published_form(playable)
        form = wanted or published
        other = None if forms.same(form, published) else forms.result_of(form)
        asked: list[tuple[str, int | None]] = [other] if other else []
        if wanted is None or wanted.imageSpriteDefinition is not None:
            asked.append((SPRITE, wanted.imageSpriteDefinition if wanted else None))
        found = await find_results(self.database, playable, asked) if asked else []
        by_kind = {one.kind: one for one in reversed(found)}  # the first of each kind
        sprite, result = by_kind.get(SPRITE), by_kind.get(other[0]) if other else None
        if result is None and not forms.same(form, published):
            raise Refusal(
                NOT_FOUND,
                f"psign asks for contentInfo.audioVideoType {forms.name(form)}; published is {forms.name(published)}",
            )
        if result is None and playable.object_key is None:  # its original was deleted, and it was never published
            raise Refusal(NOT_FOUND, _NOT_FOUND)
        media = forms.of_result(base, playable, result) if result else forms.of_publication(base, playable)
        return forms.with_sprite(base, playable, media, sprite) if sprite else media


def links_of(playable: Playable, claims: Claims | None) -> Callable[[str], str] | None:
    """What makes the URLs of an answer, by the limits of a psign; None where links need no signature.

    Raises:
        Refusal: the psign does not say how long links are to play, or demands limits that nothing would keep.
    """
    access = (claims.urlAccessInfo if claims else None) or UrlAccessInfo()
    if playable.distribution != SIGNED:
        if access.exper or access.rlimit:
            raise Refusal(REFUSED, _NO_LIMITS.format(playable.distribution))
        return None
    link = claims.link() if claims else None
    if link is None:
        raise Refusal(REFUSED, _NO_EXPIRY if claims else _UNSIGNED)
    return partial(signed_by, playable.url_key or "", link)
