"""What commands of operators have in common: who calls them, of which application, when, and what they print."""

import getpass
import json
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from minivod.cli.options import fail
from minivod.store import accounts
from minivod.store.database import Database

if TYPE_CHECKING:
    from rich.table import Table

_AGO = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WIDTH = 200
"""Columns of tables where no terminal says how many there are."""

By = Annotated[str, typer.Option(help="Who says it; the user of the system if not given.", show_default=False)]
SubApp = Annotated[int | None, typer.Option(help="Application; the first account's default one if not given.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
SINCE = "a time: 2026-11-27, 2026-11-27T08:00:00Z, or 7d for so long ago (s, m, h, d, w)"


def user() -> str:
    """The name of who runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def print_table(table: "Table") -> None:
    """As wide as the terminal; for programs and files as wide as it takes, to a bound."""
    from rich.console import Console

    Console(width=None if Console().is_terminal else _WIDTH).print(table)


def print_json(found: Sequence[msgspec.Struct]) -> None:
    """A list, for programs."""
    typer.echo(json.dumps([msgspec.to_builtins(one) for one in found], indent=2))


def moment(text: str) -> datetime:
    """A time: a date, a date and a time (UTC unless it says otherwise), or how long ago (`7d`)."""
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise fail(f"{text!r} is no time; write {SINCE.partition(': ')[2]}", 2) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def check_application(db: Database, sub_app: int | None) -> None:
    """Ends the program if an application was given that does not exist: nothing there would look like nothing to do."""
    if sub_app is not None and not await accounts.has_sub_app(db, sub_app):
        raise fail(f"there is no application {sub_app}", 2)


async def chosen_application(db: Database, sub_app: int | None) -> int:
    """The SubAppId that was given, or that of the first account's default application."""
    await check_application(db, sub_app)
    chosen = sub_app if sub_app is not None else await accounts.first_account(db)
    if chosen is None:
        raise fail("there is no account yet", 2)
    return chosen
