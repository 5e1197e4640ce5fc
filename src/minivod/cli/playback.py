"""`minivod playback`: signs links, and says what is wrong with one; keys are looked up, or given."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from minivod.cli.instance import with_database
from minivod.cli.options import LONGEST_LIFETIME, fail, finite, with_settings
from minivod.playback import link_advice
from minivod.playback.signature import InvalidLink, check_url, make, signed_by
from minivod.settings import Settings
from minivod.store import distributions
from minivod.store.database import Database
from minivod.store.distributions import Distribution

app = typer.Typer(no_args_is_help=True, help="Signed links (distribution `signed`).")
Url = Annotated[str, typer.Argument(help="Address of a file, as MediaUrl of the API has it.")]
Key = Annotated[str, typer.Option(help="Key of the application. [default: looked up by the FileId in the address]")]


@app.command()
@with_settings
def sign(
    settings: Settings,
    url: Url,
    key: Key = "",
    lifetime: Annotated[
        float,
        typer.Option(
            help="Seconds until it ends; 300 s of grace come on top.", min=1, max=LONGEST_LIFETIME, callback=finite
        ),
    ] = 3600.0,
    exper: Annotated[int, typer.Option(help="Seconds of a try-out; 0: all of it.", min=0)] = 0,
    rlimit: Annotated[int, typer.Option(help="How many addresses may play it; 0: any.", min=0, max=9)] = 0,
    us: Annotated[str | None, typer.Option(help="Text that tells links apart. [default: made up]")] = None,
) -> None:
    """Print the address with a signature."""
    found = key or _key(settings, url)
    try:
        typer.echo(signed_by(found, make(expires=time.time() + lifetime, exper=exper, rlimit=rlimit, us=us), url))
    except InvalidLink as error:
        raise fail(str(error), 2) from None


@app.command()
@with_settings
def check(settings: Settings, url: Url, key: Key = "") -> None:
    """Say whether the signature of an address is right, and which member is wrong if not."""
    found = key or _key(settings, url)
    try:
        link = check_url(url, found, time.time())
    except InvalidLink as error:
        advice = link_advice.mistake(url, found)
        raise fail(f"{error}; in what was signed, {advice}" if advice else str(error)) from None
    limits = [f"exper: the first {link.seconds} s" if link.seconds else "exper: all of it"]
    limits.append(f"rlimit: {link.viewers} addresses" if link.viewers else "rlimit: any number of addresses")
    ends = datetime.fromtimestamp(link.expires, UTC)
    typer.echo("\n".join([f"the signature is right\nt: ends {ends:%Y-%m-%dT%H:%M:%SZ}", *limits, f"us: {link.us}"]))


def _key(settings: Settings, url: str) -> str:
    """That of the application whose video the address names."""

    async def look_up(db: Database) -> Distribution | None:
        return await link_advice.owner(db, url)

    found = with_database(settings, look_up)
    if found is None:
        raise fail("the address names no video of this server; give the key by --key", 2)
    if found.url_key is None:
        raise fail(
            f"application {found.sub_app_id} has no key yet; `minivod apps distribution signed --sub-app "
            f"{found.sub_app_id}` makes one",
            2,
        )
    if found.distribution != distributions.SIGNED:
        typer.echo(f"note: the distribution of application {found.sub_app_id} is {found.distribution}", err=True)
    return found.url_key
