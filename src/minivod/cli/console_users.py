"""`minivod console`: the users of the console; works while the server runs and while it does not."""

import sys
from datetime import UTC
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from minivod.cli.instance import with_database
from minivod.cli.options import fail, with_settings
from minivod.cli.who import AsJson, print_json, print_table
from minivod.console.names import alike
from minivod.console.passwords import LONGEST, Passwords, Unfit, checked_name, checked_password
from minivod.publishing.showing import plain
from minivod.settings import Settings
from minivod.store import console_users
from minivod.store.console_users import ROLES, Role
from minivod.store.database import Database

_MOST_BYTES = 4 * LONGEST + 6
"""Of a password that is not too long, or shows that it is."""

app = typer.Typer(no_args_is_help=True, help="The console at /console/.")
users = typer.Typer(no_args_is_help=True, help="Who may use the console.")
app.add_typer(users, name="users")

Name = Annotated[str, typer.Argument(help="Name of the user.", metavar="NAME")]
RoleOption = Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}; each may do what those before it may.")]


@users.command()
@with_settings
def add(settings: Settings, name: Name, role: RoleOption = "viewer") -> None:
    """Make a user; the password is asked for, or read from standard input."""
    name, chosen = _name(name), _role(role)
    password_hash = _hashed_password()

    async def make(db: Database) -> str | None:
        return await console_users.add_unlike(db, name, chosen, password_hash, alike)

    taken = with_database(settings, make, create=True)
    if taken == name:
        raise fail(f"there is a user {plain(name)} already; `minivod console users password` sets another password")
    if taken is not None:
        raise fail(
            f"the name {plain(name)} would be taken for that of the user {plain(taken)}; choose one that differs by "
            "more than case and letters that look alike"
        )
    typer.echo(f"added: {name} ({chosen})")


@users.command("list")
@with_settings
def list_users(settings: Settings, as_json: AsJson = False) -> None:
    """List the users."""
    found = with_database(settings, console_users.list_users)
    if as_json:
        print_json(found)
        return
    table = Table("name", "role", "state", "signed in", "password of", "made")
    for one in found:
        table.add_row(
            Text(plain(one.name)), one.role, "enabled" if one.enabled else "disabled", str(one.sessions),
            *(f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for moment in (one.password_at, one.created_at)),
        )  # fmt: skip
    print_table(table)


@users.command()
@with_settings
def password(settings: Settings, name: Name) -> None:
    """Set another password, and end the user's sessions; it is asked for, or read from standard input."""
    name, password_hash = _name(name), _hashed_password()
    _change(settings, name, console_users.set_password, password_hash)
    typer.echo(f"set: the password of {name}; its sessions have ended")


@users.command()
@with_settings
def role(settings: Settings, name: Name, role: RoleOption) -> None:
    """Give a user another role, from the next request on."""
    name, chosen = _name(name), _role(role)
    _change(settings, name, console_users.set_role, chosen)
    typer.echo(f"set: {name} is {chosen}")


@users.command()
@with_settings
def disable(settings: Settings, name: Name) -> None:
    """Refuse a user from now on, and end its sessions."""
    _switch(settings, name, enabled=False)


@users.command()
@with_settings
def enable(settings: Settings, name: Name) -> None:
    """Let a user that was disabled sign in again."""
    _switch(settings, name, enabled=True)


@users.command()
@with_settings
def remove(settings: Settings, name: Name) -> None:
    """Delete a user and its sessions; what it has decided stays in the audit table."""
    name = _name(name)
    _change(settings, name, console_users.remove)
    typer.echo(f"removed: {name}")


def _switch(settings: Settings, name: str, *, enabled: bool) -> None:
    name = _name(name)
    _change(settings, name, console_users.set_enabled, enabled=enabled)
    typer.echo(f"{'enabled' if enabled else 'disabled'}: {name}")


def _change(settings: Settings, name: str, change: Any, *values: Any, **named: Any) -> None:
    async def work(db: Database) -> bool:
        done: bool = await change(db, name, *values, **named)
        return done

    if not with_database(settings, work):
        raise fail(f"there is no user {plain(name)}; `minivod console users list` shows all")


def _name(name: str) -> str:
    try:
        return checked_name(name)
    except Unfit as error:
        raise fail(str(error), 2) from None


def _role(role: str) -> Role:
    found = next((one for one in ROLES if one == role), None)
    if found is None:
        raise fail(f"there is no role {plain(role)}; roles are {', '.join(ROLES)}", 2)
    return found


def _hashed_password() -> str:
    """Asked for twice at a terminal, else the first line of standard input; never an argument, which others can see."""
    if sys.stdin.isatty():
        given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        given = _first_line()
    try:
        return Passwords().hash(checked_password(given))
    except Unfit as error:
        raise fail(str(error), 2) from None


def _first_line() -> str:
    """As bytes, because how standard input reads text differs from machine to machine."""
    line = sys.stdin.buffer.readline(_MOST_BYTES).rstrip(b"\r\n")
    return line.decode("utf-8", "surrogateescape")  # what is not UTF-8 is refused with the password
