"""The commands of the program `minivod`."""

import typer

from minivod import __version__
from minivod.cli import doctor, keys
from minivod.cli.demo_command import demo
from minivod.cli.maintenance import db_app, models_app, print_settings
from minivod.cli.processes import api, worker
from minivod.cli.psign import psign
from minivod.cli.serve import serve
from minivod.cli.upload import upload

app = typer.Typer(
    name="minivod",
    help="Self-hosted video on demand that speaks the vod API of TencentCloud.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"minivod {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: bool = typer.Option(False, "--version", callback=lambda wanted: _version(wanted=wanted), is_eager=True),
) -> None:
    """Self-hosted video on demand that speaks the vod API of TencentCloud."""


app.command()(serve)
app.command()(api)
app.command()(worker)
app.command()(demo)
app.command()(upload)
app.command()(psign)
app.command("settings")(print_settings)
app.add_typer(keys.app, name="keys")
app.add_typer(doctor.app, name="doctor")
app.add_typer(db_app, name="db")
app.add_typer(models_app, name="models")
