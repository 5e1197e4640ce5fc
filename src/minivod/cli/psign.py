"""`minivod psign`: prints a player signature for a video; works while the server runs and while it does not."""

from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from minivod.cli.instance import with_database
from minivod.cli.options import fail, with_settings
from minivod.playback.psign import ContentInfo, create_psign, published
from minivod.settings import Settings
from minivod.store import play_keys
from minivod.store.database import Database
from minivod.store.play_keys import MediaKey


class Form(StrEnum):
    """The values of audioVideoType that play here."""

    ORIGINAL = "Original"
    TRANSCODE = "Transcode"
    RAW_ADAPTIVE = "RawAdaptive"


@with_settings
def psign(
    settings: Settings,
    file_id: Annotated[str, typer.Argument(help="FileId of the video.")],
    audio_video_type: Annotated[
        Form | None, typer.Option(help="The form that may be played. [default: what was last to be published]")
    ] = None,
    definition: Annotated[
        int | None, typer.Option(help="The template of that form, for Transcode and RawAdaptive.", min=1)
    ] = None,
    sprite: Annotated[
        int | None, typer.Option(help="The template of image sprites that may be shown beside it.", min=1)
    ] = None,
    lifetime: Annotated[
        float, typer.Option(help="Seconds until it expires; 0: never. Players' clocks get 300 s of grace.", min=0)
    ] = 3600.0,
) -> None:
    """Print a player signature (psign) with which a player may ask for the video's play-info."""
    form = _form(audio_video_type, definition)

    async def look_up(db: Database) -> MediaKey | None:
        return await play_keys.find_for_media(db, file_id)

    found = with_database(settings, look_up)
    if found is None:
        raise fail(f"there is no video {file_id!r}")
    content = msgspec.structs.replace(form or published(found.definition), imageSpriteDefinition=sprite)
    typer.echo(
        create_psign(found.play_key, app_id=found.app_id, file_id=file_id, lifetime=lifetime or None, content=content)
    )


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
