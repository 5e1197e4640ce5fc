"""`minivod accounts`: make, list, disable and enable accounts; works while the server runs and while it does not."""

from datetime import UTC
from typing import Annotated

import typer
from rich.table import Table

from minivod.cli.instance import with_database
from minivod.cli.options import fail, with_settings
from minivod.cli.who import AsJson, print_json, print_table
from minivod.settings import Settings
from minivod.store import accounts
from minivod.store.accounts import AccessKey
from minivod.store.database import Database

app = typer.Typer(no_args_is_help=True, help="Accounts, each with its own applications, keys and videos.")
AppId = Annotated[int, typer.Argument(help="AppId of the account.")]


@app.command()
@with_settings
def create(settings: Settings) -> None:
    """Make an account with its default application and a key, whose secret is shown once."""

    async def make(db: Database) -> AccessKey:
        async with db.transaction() as connection:
            return await accounts.create_key(connection, await accounts.create_account(connection))

    key = with_database(settings, make, create=True)
    typer.echo(f"AppId: {key.app_id}\nSecretId: {key.secret_id}\nSecretKey: {key.secret_key}")


@app.command("list")
@with_settings
def list_accounts(settings: Settings, as_json: AsJson = False) -> None:
    """List the accounts, oldest first."""
    found = with_database(settings, accounts.list_accounts)
    if as_json:
        print_json(found)
        return
    table = Table("AppId", "state", "applications", "enabled keys", "videos", "made")
    for one in found:
        counts = (str(number) for number in (one.applications, one.keys, one.videos))
        state = "enabled" if one.enabled else "disabled"
        table.add_row(str(one.app_id), state, *counts, f"{one.created_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}")
    print_table(table)


@app.command()
@with_settings
def disable(settings: Settings, app_id: AppId) -> None:
    """Refuse all calls and uploads of an account, and play nothing of it, within two seconds; nothing is deleted."""
    _switch(settings, app_id, enabled=False)


@app.command()
@with_settings
def enable(settings: Settings, app_id: AppId) -> None:
    """Let an account that was disabled go on."""
    _switch(settings, app_id, enabled=True)


def _switch(settings: Settings, app_id: int, *, enabled: bool) -> None:
    async def switch(db: Database) -> bool:
        return await accounts.set_account_enabled(db, app_id, enabled=enabled)

    if not with_database(settings, switch):
        raise fail(f"there is no account {app_id}; `minivod accounts list` shows all")
    typer.echo(f"{'enabled' if enabled else 'disabled'}: {app_id}")
