"""`minivod quotas`: list applications with what they use, and set their quotas; works while the server runs and not."""

from typing import Annotated

import typer
from rich.table import Table

from minivod.cli.instance import with_database
from minivod.cli.options import fail, with_settings
from minivod.cli.who import AsJson, print_json, print_table
from minivod.processing.room import DEFAULT, default_quota, read_limit
from minivod.settings import Settings
from minivod.store import quotas
from minivod.store.database import Database
from minivod.store.quotas import Quota, Standing

app = typer.Typer(no_args_is_help=True, help="What applications use, and how much they may.")
SubAppId = Annotated[int, typer.Argument(help="SubAppId of the application.")]
_LIMIT = f"NUMBER|{DEFAULT}"
Limit = str | None


@app.command("list")
@with_settings
def list_applications(settings: Settings, as_json: AsJson = False) -> None:
    """List the applications of all accounts, with what they use and their quotas."""

    async def read(db: Database) -> list[Standing]:
        return await quotas.standings(db)

    found = with_database(settings, read)
    if as_json:
        print_json(found)
        return
    table, default = Table("SubAppId", "AppId", "name", "state", "bytes", "videos", "tasks"), default_quota(settings)
    for one in found:
        table.add_row(str(one.sub_app_id), str(one.app_id), one.name, one.status, *_uses(one, default))
    print_table(table)


@app.command("set")
@with_settings
def set_quota(
    settings: Settings,
    sub_app_id: SubAppId,
    most: Annotated[Limit, typer.Option("--bytes", metavar=_LIMIT, help="Most bytes; 10G are ten times 1024³.")] = None,
    media: Annotated[Limit, typer.Option(metavar=_LIMIT, help="Most videos.")] = None,
    tasks: Annotated[Limit, typer.Option(metavar=_LIMIT, help="Most unfinished tasks and steps.")] = None,
) -> None:
    """Set what is given of a quota (0: no limit, default: as by settings); show it, and what is used."""
    given = {"bytes": most, "media": media, "tasks": tasks}
    new = {name: _limit(name, text) for name, text in given.items() if text is not None}

    async def change(db: Database) -> list[Standing]:
        if new:
            await quotas.change(db, sub_app_id, new)
        return await quotas.standings(db, sub_app_id)

    found = with_database(settings, change)
    if not found:
        raise fail(f"there is no application {sub_app_id}; `minivod quotas list` shows all")
    for name, used in zip(("bytes", "videos", "tasks"), _uses(found[0], default_quota(settings)), strict=True):
        typer.echo(f"{name}: {used}")


def _limit(name: str, text: str) -> int | None:
    try:
        return read_limit(text)
    except ValueError as error:
        raise fail(f"--{name} {text!r} {error}", 2) from None


def _uses(one: Standing, default: Quota) -> list[str]:
    most = quotas.chosen(one.quota_bytes, one.quota_media, one.quota_tasks, default)
    pairs = ((one.bytes, most.bytes), (one.media, most.media), (one.tasks, most.tasks))
    return [f"{used} of {limit}" if limit else str(used) for used, limit in pairs]
