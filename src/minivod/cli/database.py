"""`minivod db`: the database's schema, and what a new database needs; `serve` and the parts call it at their start."""

import msgspec
import typer

from minivod.cli.checks import check
from minivod.cli.instance import NoDatabase, first_key, open_database
from minivod.cli.options import fail, with_settings
from minivod.settings import Settings, SettingsError

app = typer.Typer(no_args_is_help=True, help="The database.")


@app.command()
@with_settings
def upgrade(settings: Settings) -> None:
    """Bring the schema up to date (`serve`, `api` and `worker` do it at start)."""
    try:
        with open_database(settings):
            typer.echo("the database is up to date")
    except NoDatabase as error:
        raise fail(str(error)) from None


@app.command(hidden=True)
@with_settings
def prepare(settings: Settings) -> None:
    """Check the settings, bring the schema up to date, make the first account; prints its key as JSON, or null."""
    try:
        check(settings)
        with open_database(settings) as url:
            typer.echo(msgspec.json.encode(first_key(url)).decode())
    except SettingsError as error:
        raise fail(str(error), 2) from None
    except NoDatabase as error:
        raise fail(str(error)) from None
