"""`minivod playback`: signs links, and says what is wrong with one; keys are looked up, or given."""

import hashlib
import string
import time
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

import typer

from minivod import ids
from minivod.cli.instance import with_database
from minivod.cli.options import LONGEST_LIFETIME, fail, finite, with_settings
from minivod.playback.signature import MEMBERS, SIGN, InvalidLink, check_url, directory_of, make, signed_by
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
        raise fail(str(error) + _hint(url, found)) from None
    limits = [f"exper: the first {link.seconds} s" if link.seconds else "exper: all of it"]
    limits.append(f"rlimit: {link.viewers} addresses" if link.viewers else "rlimit: any number of addresses")
    ends = datetime.fromtimestamp(link.expires, UTC)
    typer.echo("\n".join([f"the signature is right\nt: ends {ends:%Y-%m-%dT%H:%M:%SZ}", *limits, f"us: {link.us}"]))


def _hint(url: str, key: str) -> str:
    """The mistake that leads to just this signature, if it is one of those that are often made."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    t, exper, rlimit, us = (given.get(name, "") for name in MEMBERS)
    directory = directory_of(parts.path)
    mistakes = {
        "Dir is without its last slash": (directory.rstrip("/"), t, exper, rlimit, us),
        "Dir is without its first slash": (directory.lstrip("/"), t, exper, rlimit, us),
        "Dir has the name of the file": (parts.path, t, exper, rlimit, us),
        "t is written otherwise (capitals) in the address": (directory, t.swapcase(), exper, rlimit, us),
        "t is decimal": (directory, str(int(t, 16)) if _is_hex(t) else t, exper, rlimit, us),
        "us comes before exper and rlimit": (directory, t, us, exper, rlimit),
        "exper and rlimit are in the address alone": (directory, t, "", "", us),
        "us is in the address alone": (directory, t, exper, rlimit, ""),
    }
    for mistake, members in mistakes.items():
        text = "".join((key, *members))
        if hashlib.md5(text.encode(errors="replace"), usedforsecurity=False).hexdigest() == given.get(SIGN):
            return f"; in what was signed, {mistake}"
    return ""


def _is_hex(text: str) -> bool:
    return bool(text) and all(one in string.hexdigits for one in text)


def _key(settings: Settings, url: str) -> str:
    """That of the application whose video the address names."""

    async def look_up(db: Database) -> Distribution | None:
        for part in urlsplit(url).path.split("/"):
            if ids.is_file_id(part) and (found := await distributions.find_for_media(db, part)):
                return found
        return None

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
