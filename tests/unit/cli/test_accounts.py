"""`minivod accounts` as it is typed, and `minivod keys` with an account."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from minivod.cli import app

Run = Callable[..., str]


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    def typed(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, [*arguments, "--database-url", database_url, "--data-dir", str(tmp_path)])
        assert done.exit_code == code, done.output
        return done.output

    return typed


def new_account(run: Run) -> str:
    lines = dict(line.split(": ") for line in run("accounts", "create").splitlines())
    assert lines.keys() == {"AppId", "SecretId", "SecretKey"}
    return lines["AppId"]


def test_the_life_of_an_account(run: Run) -> None:
    first, second = new_account(run), new_account(run)
    assert first != second
    assert run("accounts", "disable", second) == f"disabled: {second}\n"
    found = {str(one["app_id"]): one for one in json.loads(run("accounts", "list", "--json"))}
    assert [found[one]["enabled"] for one in (first, second)] == [True, False]
    assert [found[second][name] for name in ("applications", "keys", "videos")] == [1, 1, 0]
    assert re.search(rf"{second} +│ disabled +│ 1 +│ 1 +│ 0 ", run("accounts", "list"))
    assert run("accounts", "enable", second) == f"enabled: {second}\n"
    assert json.loads(run("accounts", "list", "--json"))[-1]["enabled"]


def test_keys_of_any_account(run: Run) -> None:
    first, second = new_account(run), new_account(run)
    secret_id = run("keys", "create", "--account", second, "--sub-app", second).split()[1]
    row = next(line for line in run("keys", "list").splitlines() if secret_id in line)
    assert row.count(second) == 2 and first not in row
    assert f"no application {first} of the account {second}" in run(
        "keys", "create", "--account", second, "--sub-app", first, code=2
    )


@pytest.mark.parametrize(
    "arguments", [("accounts", "disable"), ("accounts", "enable"), ("keys", "create", "--account")]
)
def test_an_account_that_is_none(run: Run, arguments: tuple[str, ...]) -> None:
    new_account(run)
    said = run(*arguments, "1", code=2 if arguments[0] == "keys" else 1)
    assert "there is no account 1; `minivod accounts list` shows all" in said
