"""`minivod console users` as it is typed."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner, Result

from minivod.cli import app
from minivod.console import passwords
from minivod.store import console_users
from minivod.store.database import Database

PASSWORD = "a horse that reads the paper"
Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(passwords, "PasswordHasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

    def call(*arguments: str, typed: str | bytes = "", code: int = 0) -> Result:
        where = ["--database-url", database_url, "--data-dir", str(tmp_path)]
        done = CliRunner().invoke(app, ["console", "users", *arguments, *where], input=typed)
        assert done.exit_code == code, (done.output, done.stderr)
        return done

    return call


def test_a_name_that_looks_like_another_is_refused(run: Run) -> None:
    """Only to new users: who is there stays, and is found by the name as it is written."""
    run("add", "ann", typed=f"{PASSWORD}\n")
    for name in ("Ann", "\u0430nn"):
        refused = run("add", name, typed=f"{PASSWORD}\n", code=1)
        assert f"the name {name} would be taken for that of the user ann" in refused.stderr
    assert "there is no user Ann" in run("role", "Ann", "--role", "admin", code=1).stderr
    run("add", "anna", typed=f"{PASSWORD}\n")
    assert [user["name"] for user in json.loads(run("list", "--json").stdout)] == ["ann", "anna"]


def test_the_life_of_a_user(run: Run, database_url: str) -> None:
    assert run("add", "王芳", "--role", "reviewer", typed=f"{PASSWORD}\n").stdout == "added: 王芳 (reviewer)\n"
    again = run("add", "王芳", typed=f"{PASSWORD}\n", code=1)
    assert "there is a user 王芳 already" in again.stderr and PASSWORD not in again.output
    assert "reviewer" in run("list").stdout and "$argon2" not in run("list", "--json").stdout
    assert run("role", "王芳", "--role", "admin").stdout == "set: 王芳 is admin\n"
    run("disable", "王芳")
    [user] = json.loads(run("list", "--json").stdout)
    assert (user["name"], user["role"], user["enabled"]) == ("王芳", "admin", False)
    run("enable", "王芳")
    run("password", "王芳", typed="another good password\n")

    async def verify() -> list[bool]:
        db = await Database(database_url).open()
        try:
            kept = await console_users.secret(db, "王芳")
            assert kept is not None and kept.enabled and kept.password_hash.startswith("$argon2id$")
            words = (PASSWORD, "another good password")
            return [await passwords.Passwords().verify(db, "王芳", word) is not None for word in words]
        finally:
            await db.close()

    assert asyncio.run(verify()) == [False, True]
    run("remove", "王芳")
    assert json.loads(run("list", "--json").stdout) == []


@pytest.mark.parametrize("command", [["password"], ["role", "--role", "viewer"], ["disable"], ["enable"], ["remove"]])
def test_who_is_not_there(run: Run, command: list[str]) -> None:
    assert "there is no user ann" in run(*command, "ann", typed=f"{PASSWORD}\n", code=1).stderr


@pytest.mark.parametrize("typed", ["", "short\n", "a" * 30 + "\n", "x" * 1200 + "\n"])
def test_passwords_that_are_none(run: Run, typed: str) -> None:
    assert "the password" in run("add", "ann", typed=typed, code=2).stderr


@pytest.mark.parametrize("name", ["", " ann", "a\nb", "x" * 65, "\x1b[31m"])
def test_names_that_are_none(run: Run, name: str) -> None:
    assert "the name must be" in run("add", name, typed=f"{PASSWORD}\n", code=2).stderr


def test_roles_that_are_none(run: Run) -> None:
    assert "roles are viewer, reviewer, admin" in run("add", "ann", "--role", "root", code=2).stderr


@pytest.mark.parametrize(
    "typed", [b"\xff\xfe\x00abcdefghijklmn\n", b"abcdefghijkl\x00mn\n", b"\xed\xa0\x80abcdefghijkl\n"]
)
def test_a_password_is_text(run: Run, typed: bytes) -> None:
    for command in ("add", "password"):
        told = run(command, "bin", typed=typed, code=2)
        assert "the password must be text in UTF-8, without NUL characters" in told.stderr
    assert json.loads(run("list", "--json").stdout) == []
