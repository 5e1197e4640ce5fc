"""`minivod psign`: prints a player signature for a video; works while the server runs and while it does not."""

from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from minivod.cli.instance import with_database
from minivod.cli.options import LONGEST_LIFETIME, fail, finite, with_settings
from minivod.playback.psign import ContentInfo, UrlAccessInfo, create_psign, published
from minivod.playback.signature import InvalidLink
from minivod.settings import Settings
from minivod.store import play_keys
from minivod.store.database import Database
from minivod.store.distributions import SIGNED
from minivod.store.play_keys import MediaKey


class Form(StrEnum):
    """The values of audioVideoType that play here."""

    ORIGINAL = "Original"
    TRANSCODE = "Transcode"
    RAW_ADAPTIVE = "RawAdaptive"


FormOption = Annotated[
    Form | None, typer.Option(help="The form that may be played. \\[default: what was last to be published]")
]
DefinitionOption = Annotated[
    int | None, typer.Option(help="The template of that form, for Transcode and RawAdaptive.", min=1)
]
SpriteOption = Annotated[
    int | None, typer.Option(help="The template of image sprites that may be shown beside it.", min=1)
]
LifetimeOption = Annotated[
    float,
    typer.Option(
        help="Seconds until it expires; 0: never. Players' clocks get 300 s of grace.",
        min=0,
        max=LONGEST_LIFETIME,
        callback=finite,
    ),
]


@with_settings
def psign(
    settings: Settings,
    file_id: Annotated[str, typer.Argument(help="FileId of the video.")],
    audio_video_type: FormOption = None,
    definition: DefinitionOption = None,
    sprite: SpriteOption = None,
    lifetime: LifetimeOption = 3600.0,
    exper: Annotated[int, typer.Option(help="Seconds of a try-out of its links; 0: all of it.", min=0)] = 0,
    rlimit: Annotated[int, typer.Option(help="How many addresses may play its links; 0: any.", min=0, max=9)] = 0,
    us: Annotated[str | None, typer.Option(help="Text that tells its links apart. \\[default: made up]")] = None,
) -> None:
    """Print a player signature (psign) with which a player may ask for the video's play-info."""
    form = _form(audio_video_type, definition)

    async def look_up(db: Database) -> MediaKey | None:
        return await play_keys.find_for_media(db, file_id)

    found = with_database(settings, look_up)
    if found is None:
        raise fail(f"there is no video {file_id!r}")
    _refuse_the_unkept(found, exper, rlimit, lifetime)
    content = msgspec.structs.replace(form or published(found.definition), imageSpriteDefinition=sprite)
    access = UrlAccessInfo(exper=exper, rlimit=rlimit, us=us) if exper or rlimit or us is not None else None
    try:
        token = create_psign(
            found.play_key,
            app_id=found.app_id,
            file_id=file_id,
            lifetime=lifetime or None,
            content=content,
            access=access,
        )
    except InvalidLink as error:
        raise fail(str(error), 2) from None
    typer.echo(token)


def _refuse_the_unkept(found: MediaKey, exper: int, rlimit: int, lifetime: float) -> None:
    """What play-info would refuse is not printed."""
    if (exper or rlimit) and found.distribution != SIGNED:
        raise fail(
            f"nothing keeps --exper and --rlimit: the distribution of application {found.sub_app_id} is "
            f"{found.distribution}; `minivod apps distribution signed --sub-app {found.sub_app_id}` changes it"
        )
    if not lifetime and found.distribution == SIGNED:
        raise fail(f"the links of application {found.sub_app_id} are signed, and must end: --lifetime cannot be 0")


def _form(kind: Form | None, definition: int | None) -> ContentInfo | None:
    """What the options name; None: nothing."""
    if (definition is not None) != (kind in (Form.TRANSCODE, Form.RAW_ADAPTIVE)):
        raise fail(
            "--definition must be given with --audio-video-type Transcode or RawAdaptive, and with nothing else: it is "
            "the template whose result may be played"
        )
    match kind:
        case Form.TRANSCODE:
            return ContentInfo("Transcode", transcodeDefinition=definition)
        case Form.RAW_ADAPTIVE:
            return ContentInfo("RawAdaptive", rawAdaptiveDefinition=definition)
        case Form.ORIGINAL:
            return ContentInfo("Original")
    return None
