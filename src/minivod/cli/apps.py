"""`minivod apps`: the applications and who may play what of them; works while the server runs and while it does not."""

import re
from enum import StrEnum
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from minivod import ids
from minivod.cli.instance import with_database
from minivod.cli.options import fail, with_settings
from minivod.cli.who import AsJson, SubApp, chosen_application, print_json, print_table
from minivod.settings import Settings
from minivod.store import distributions, play_keys
from minivod.store.database import Database
from minivod.store.distributions import Distribution

app = typer.Typer(no_args_is_help=True, help="Applications, and who may play what of them.")


class Kind(StrEnum):
    """The values of `distribution`."""

    PUBLISHED = distributions.PUBLISHED
    SIGNED = distributions.SIGNED
    OPEN = distributions.OPEN


@app.command("list")
@with_settings
def list_applications(settings: Settings, as_json: AsJson = False) -> None:
    """List the applications of all accounts, oldest first; keys of links are not shown."""
    found = with_database(settings, distributions.find_all)
    if as_json:
        print_json([msgspec.structs.replace(one, url_key=None) for one in found])
        return
    table = Table("SubAppId", "AppId", "name", "distribution", "key", "Referers")
    for one in found:
        has_key = "yes" if one.url_key else "no"
        table.add_row(str(one.sub_app_id), str(one.app_id), one.name, one.distribution, has_key, _referers(one))
    print_table(table)


@app.command()
@with_settings
def distribution(
    settings: Settings,
    kind: Annotated[Kind | None, typer.Argument(help="What is to play; it is shown if not given.")] = None,
    key: Annotated[
        str,
        typer.Option(help="Signs links, 8 to 40 visible characters of ASCII. \\[default: that there is, or a new one]"),
    ] = "",
    sub_app: SubApp = None,
) -> None:
    """Show or change what plays: published videos, all files by signed links, or all files for everybody."""
    if key and (kind != Kind.SIGNED or not distributions.is_key(key)):
        raise fail("--key must be 8 to 40 visible characters of ASCII, and is for `signed` alone", 2)

    async def change(db: Database) -> Distribution:
        chosen = await chosen_application(db, sub_app)
        if kind is None:
            return await distributions.find(db, chosen)
        return await distributions.change(db, chosen, kind.value, key)

    found = with_database(settings, change)
    typer.echo(f"SubAppId: {found.sub_app_id}\ndistribution: {found.distribution}")
    if found.distribution == distributions.SIGNED:
        typer.echo(f"key: {found.url_key}\nwithout signatures again: {found.unsigned}")
    typer.echo(f"Referers: {_referers(found)}")


@app.command("play-key")
@with_settings
def play_key(
    settings: Settings,
    renew: Annotated[
        bool, typer.Option("--renew", help="Make a new one; every psign that the old one signed is refused at once.")
    ] = False,
    key: Annotated[
        str, typer.Option(help="Take this one, 8 to 64 visible characters of ASCII; as --renew.", show_default=False)
    ] = "",
    sub_app: SubApp = None,
) -> None:
    """Show or change the play key, by which a server of yours signs psign. Whoever has it may play what plays."""
    if key and (renew or not re.fullmatch(play_keys.KEY, key)):
        raise fail("--key must be 8 to 64 visible characters of ASCII, and is given in place of --renew", 2)
    new = ids.new_url_key() if renew else key

    async def work(db: Database) -> tuple[Distribution, str]:
        chosen = await chosen_application(db, sub_app)
        if new:
            await play_keys.replace(db, chosen, new)
        return await distributions.find(db, chosen), await play_keys.find_for_application(db, chosen)

    found, shown = with_database(settings, work)
    typer.echo(f"AppId: {found.app_id}\nSubAppId: {found.sub_app_id}\nplay key: {shown}")


def _referers(found: Distribution) -> str:
    if found.referers is None:
        return "all"
    blank = "with" if found.referers["BlankRefererAllowed"] == "Yes" else "without"
    return f"{found.referers['AuthType'].lower()} list of {len(found.referers['Referers'])}, {blank} blank ones"
