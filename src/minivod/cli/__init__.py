"""The commands of the program `minivod`; a command's module is loaded when that command is asked for."""

import os
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from minivod import __version__

_VARIABLES = ("MINIVOD_", "TENCENTCLOUD_")
"""How the names of those variables begin whose values take the place of arguments."""
_LONGEST_SHOWN = 80

_COMMANDS = {
    "serve": "serve:serve",
    "api": "processes:api",
    "worker": "processes:worker",
    "demo": "demo_command:demo",
    "upload": "upload:upload",
    "upload-signature": "upload_signature:upload_signature",
    "pull": "tasks:pull",
    "transcode": "tasks:transcode",
    "publish": "tasks:publish",
    "review": "review:app",
    "policy": "policy:app",
    "events": "events:app",
    "psign": "psign:psign",
    "apps": "apps:app",
    "playback": "playback:app",
    "console": "console_users:app",
    "accounts": "accounts:app",
    "quotas": "quotas:app",
    "keys": "keys:app",
    "settings": "maintenance:print_settings",
    "templates": "maintenance:print_templates",
    "tls": "tls:app",
    "doctor": "doctor:app",
    "db": "database:app",
    "models": "maintenance:models_app",
    "words": "words:app",
}
"""Name of a command -> its module here, and its function or its group of commands there."""


class _Commands(TyperGroup):
    """Loads only what is needed: the supervisor and the API live long, and must not carry a detector's libraries."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = dict.fromkeys(_COMMANDS)  # type: ignore[assignment]  # names, to suggest one for a mistyped one

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuses, for all commands at once, what is no text: a system gives any bytes, and no command can use them."""
        for number, argument in enumerate(args, 1):
            _refuse_what_is_no_text(f"argument {number}", argument)
        for name, value in os.environ.items():
            if name.startswith(_VARIABLES):
                _refuse_what_is_no_text(f"the variable {_shown(name)}", value)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name].split(":")
        found = getattr(import_module(f"{__name__}.{module}"), attribute)
        if isinstance(found, typer.Typer):
            group = typer.main.get_group(found)
            group.name = cmd_name
            return group
        single = typer.Typer(add_completion=False)  # it is the program's, not a command's
        single.command(cmd_name)(found)
        return typer.main.get_command(single)


def _refuse_what_is_no_text(what: str, value: str) -> None:
    if "\0" in value:
        fault = "has a NUL character"
    elif not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        fault = "is not UTF-8"
    else:
        return
    typer.echo(f"minivod: {what} {fault}: {_shown(value)[:_LONGEST_SHOWN]}", err=True)
    raise typer.Exit(2)


def _shown(text: str) -> str:
    return text.encode("unicode_escape", "surrogatepass").decode()


app = typer.Typer(
    name="minivod",
    cls=_Commands,
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
