"""`minivod playback`: signs links, and says what is wrong with one; keys are looked up, or given."""

import time
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

import typer

from minivod.cli.instance import NoDatabase, ask, with_database
from minivod.cli.options import LONGEST_LIFETIME, fail, finite, with_settings
from minivod.playback import link_advice
from minivod.playback.signature import InvalidLink, check_url, make, signed_by
from minivod.settings import Settings
from minivod.store import distributions
from minivod.store.database import Database
from minivod.store.distributions import Distribution

app = typer.Typer(no_args_is_help=True, help="Signed links (distribution `signed`).")
Url = Annotated[str, typer.Argument(help="Address of a file, as MediaUrl of the API has it.")]
Key = Annotated[str, typer.Option(help="Key of the application. \\[default: looked up by the FileId in the address]")]


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
    us: Annotated[str | None, typer.Option(help="Text that tells links apart. \\[default: made up]")] = None,
) -> None:
    """Print the address with a signature."""
    _refuse_unreadable(url)
    path = urlsplit(url).path
    if not path.startswith("/") or path.endswith("/"):
        raise fail("the address is of no file; one looks like MediaUrl of the API", 2)
    found = key or _key(settings, url, tells=True)
    try:
        typer.echo(signed_by(found, make(expires=time.time() + lifetime, exper=exper, rlimit=rlimit, us=us), url))
    except InvalidLink as error:
        raise fail(str(error), 2) from None


@app.command()
@with_settings
def check(settings: Settings, url: Url, key: Key = "") -> None:
    """Say whether the signature of an address is right, which member is wrong if not, and what the server answers.

    The exit status is 0 if the address plays; without the server's database, if its signature is right.
    """
    _refuse_unreadable(url)
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
    _tell_the_answer(settings, url)


def _tell_the_answer(settings: Settings, url: str) -> None:
    """What the server would answer, if there is a database to ask."""
    from minivod.playback.foretelling import Foretold, foretell  # takes what answers HTTP along

    async def look_up(db: Database) -> Foretold | None:
        query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        return await foretell(db, url, query, time.time(), settings.public_url)

    try:
        foretold = ask(settings, look_up)
    except NoDatabase as error:
        typer.echo(f"only the signature was looked at: {error}", err=True)
        return
    if foretold is None:
        typer.echo("only the signature was looked at: the address names no video of this server", err=True)
        return
    if foretold.reason:
        raise fail(f"the server answers {foretold.status}: {foretold.reason}")
    typer.echo(f"the server answers {foretold.status}")
    if foretold.note:
        typer.echo(f"note: {foretold.note}", err=True)


def _refuse_unreadable(url: str) -> None:
    try:
        urlsplit(url)
    except ValueError:
        raise fail(
            "the address cannot be read: what is in brackets must be an IPv6 address, and they must close", 2
        ) from None


def _key(settings: Settings, url: str, *, tells: bool = False) -> str:
    """That of the application whose video the address names; tells, if wanted, where no signature is looked at."""

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
    if tells and found.distribution != distributions.SIGNED:
        typer.echo(f"note: the distribution of application {found.sub_app_id} is {found.distribution}", err=True)
    return found.url_key
