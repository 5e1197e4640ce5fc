"""Command-line flags from the table of settings: none is written by hand."""

import inspect
import math
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from minivod import settings as table
from minivod.settings import Settings, SettingsError
from minivod.settings_sources import load
from minivod.urls import public_urls

_EVERYWHERE = frozenset({"data_dir", "database_url", "storage_url"})
"""Settings that the help of every command shows: which installation is meant."""
_SERVERS = frozenset({"serve", "api", "worker"})
"""Commands whose help shows all settings."""
PANEL = "Settings (also MINIVOD_… in the environment, or in the TOML file)"
LONGEST_LIFETIME = 1e9
"""Seconds, some 31 years: what is signed says its end in 32 bits."""
_TAG = re.compile(r"\[(?=[a-z#/@][^\[]*?\])")
"""What rich takes for the beginning of a style. Its own `escape` takes longer to load than the rest of a command."""


def fail(message: str, code: int = 1) -> typer.Exit:
    """Prints a sentence on standard error; raise what it returns."""
    typer.echo(f"minivod: {message}", err=True)
    return typer.Exit(code)


def own_endpoint(given: str) -> str:
    """That of an option, or where the server of this machine listens by the settings of the environment."""
    if given:
        return given
    try:
        settings = load()
    except SettingsError as error:
        raise fail(str(error), 2) from None
    port = settings.port or Settings().port
    return public_urls(msgspec.structs.replace(settings, public_url="", port=port)).http


Endpoint = Annotated[
    str,
    typer.Option(
        help="URL of the server. \\[default: that of this machine, by MINIVOD_HOST and MINIVOD_PORT]",
        show_default=False,
        callback=own_endpoint,
    ),
]


def finite(number: float | None) -> float | None:
    """For options that are a number: what is none passes their bounds, as it is neither below nor above them.

    Raises:
        BadParameter: it is not a number.
    """
    if number is not None and not math.isfinite(number):
        raise typer.BadParameter(f"{number} is no number")
    return number


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command one flag for every setting; its first parameter receives the loaded `Settings`.

    Its help shows all of them if it runs a server, else those that say which installation is meant.
    A wrong value ends the program with exit code 2 and a sentence that names it.
    """
    own = list(inspect.signature(command).parameters.values())[1:]

    def run(**arguments: Any) -> None:
        names = {field.name for field in table.fields()} | {"config"}
        overrides = {name: arguments.pop(name) for name in names}
        try:
            loaded = load({name: value for name, value in overrides.items() if value is not None})
        except SettingsError as error:
            raise fail(str(error), 2) from None
        command(loaded, **arguments)

    flags = _flags(all_shown=command.__name__ in _SERVERS)
    run.__signature__ = inspect.Signature([*own, *flags])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *flags)}
    run.__doc__ = command.__doc__
    run.__name__ = command.__name__
    return run


@cache
def _flags(*, all_shown: bool) -> list[inspect.Parameter]:
    """Those of all commands that show as much: a module with several commands would make each again for every one."""
    return [
        _flag("config", "TOML file with settings; `minivod settings` lists them all."),
        *(
            _flag(
                field.name,
                f"{table.help_of(field)} [default: {_default(field)}]",
                hidden=not all_shown and field.name not in _EVERYWHERE,
            )
            for field in table.fields()
        ),
    ]


def _flag(name: str, text: str, *, hidden: bool = False) -> inspect.Parameter:
    shown, flag = _TAG.sub(r"\\[", text), f"--{name.replace('_', '-')}"
    option = typer.Option(flag, help=shown, rich_help_panel=PANEL, show_default=False, hidden=hidden)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, option]
    )


def _default(field: Any) -> object:
    return getattr(Settings(), field.name) or "empty"


def data_dir(settings: Settings) -> Path:
    """The data directory as a path."""
    return Path(settings.data_dir)
