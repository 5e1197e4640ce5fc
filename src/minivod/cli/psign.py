"""`minivod psign`: prints a player signature for a video; works while the server runs and while it does not."""

from typing import Annotated

import typer

from minivod.cli.instance import with_database
from minivod.cli.options import fail, with_settings
from minivod.playback.psign import create_psign
from minivod.settings import Settings
from minivod.store import play_keys
from minivod.store.database import Database
from minivod.store.play_keys import MediaKey


@with_settings
def psign(
    settings: Settings,
    file_id: Annotated[str, typer.Argument(help="FileId of the video.")],
    lifetime: Annotated[
        float, typer.Option(help="Seconds until it expires; 0: never. Players' clocks get 300 s of grace.", min=0)
    ] = 3600.0,
) -> None:
    """Print a player signature (psign) with which a player may ask for the video's play-info."""

    async def look_up(db: Database) -> MediaKey | None:
        return await play_keys.find_for_media(db, file_id)

    found = with_database(settings, look_up)
    if found is None:
        raise fail(f"there is no video {file_id!r}")
    typer.echo(
        create_psign(
            found.play_key,
            app_id=found.app_id,
            file_id=file_id,
            lifetime=lifetime or None,
            definition=found.definition,
        )
    )
