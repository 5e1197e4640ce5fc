"""`minivod keys`: make, list and disable access keys; works while the server runs and while it does not."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from minivod import secret_ids
from minivod.api.action_names import NAMES
from minivod.cli.instance import with_database
from minivod.cli.options import fail, finite, with_settings
from minivod.cli.who import print_table
from minivod.settings import Settings
from minivod.store import accounts
from minivod.store.accounts import AccessKey
from minivod.store.database import Database

_YEAR = 8784.0
"""Hours."""

app = typer.Typer(no_args_is_help=True, help="Access keys.")


@app.command()
@with_settings
def create(
    settings: Settings,
    temporary: Annotated[
        float | None,
        typer.Option(
            help="Make a temporary key with a token, valid for that many hours.", min=0.001, max=_YEAR, callback=finite
        ),
    ] = None,
    sub_app: Annotated[list[int] | None, typer.Option(help="Only this application; may be repeated.")] = None,
    action: Annotated[list[str] | None, typer.Option(help="Only this action; may be repeated.")] = None,
    account: Annotated[
        int | None, typer.Option(help="AppId of the account; the first one if not given.", show_default=False)
    ] = None,
) -> None:
    """Make a key and show its secret, once."""
    for name in action or ():
        if name not in NAMES:
            raise fail(f"there is no action {name!r}", 2)

    async def make(db: Database) -> AccessKey:
        async with db.transaction() as connection:
            if account is not None and not await accounts.has_account(db, account):
                raise fail(f"there is no account {account}; `minivod accounts list` shows all", 2)
            app_id = account or await accounts.first_account(db) or await accounts.create_account(connection)
            for chosen in sub_app or ():
                if await accounts.find_sub_app(db, app_id, chosen) is None:
                    raise fail(f"there is no application {chosen} of the account {app_id}", 2)
            return await accounts.create_key(
                connection,
                app_id,
                expires_at=datetime.now(UTC) + timedelta(hours=temporary) if temporary else None,
                sub_app_ids=sub_app or None,
                actions=action or None,
            )

    key = with_database(settings, make, create=True)
    typer.echo(f"SecretId: {key.secret_id}\nSecretKey: {key.secret_key}")
    if key.token and key.expires_at:
        typer.echo(f"Token: {key.token}\nExpires: {key.expires_at:%Y-%m-%dT%H:%M:%SZ}")


@app.command("list")
@with_settings
def list_keys(settings: Settings) -> None:
    """List the keys, without their secrets."""
    table = Table("SecretId", "AppId", "state", "applications", "actions", "expires")
    for key in with_database(settings, accounts.list_keys):
        table.add_row(
            key.secret_id,
            str(key.app_id),
            "enabled" if key.enabled else "disabled",
            ", ".join(map(str, key.sub_app_ids)) if key.sub_app_ids else "all",
            ", ".join(key.actions) if key.actions else "all",
            f"{key.expires_at:%Y-%m-%dT%H:%M:%SZ}" if key.expires_at else "never",
        )
    print_table(table)


@app.command()
@with_settings
def disable(settings: Settings, secret_id: Annotated[str, typer.Argument(help="SecretId of the key.")]) -> None:
    """Refuse a key from now on (a running server notices within a second)."""

    async def switch(db: Database) -> bool:
        return await accounts.set_key_enabled(db, secret_id, enabled=False)

    if not with_database(settings, switch):
        raise fail(f"there is no key {secret_ids.shown(secret_id)}; `minivod keys list` shows all")
    typer.echo(f"disabled: {secret_id}")
