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


def test_applications_and_their_quotas(run: Run) -> None:
    app_id = new_account(run)
    assert run("quotas", "set", app_id) == "bytes: 0\nvideos: 0\ntasks: 0\n"
    assert run("quotas", "set", app_id, "--bytes", "10G", "--tasks", "5") == (
        f"bytes: 0 of {10 * 1024**3}\nvideos: 0\ntasks: 0 of 5\n"
    )
    assert run("quotas", "set", app_id, "--quota-media", "7", "--bytes", "default", "--tasks", "0") == (
        "bytes: 0\nvideos: 0 of 7\ntasks: 0\n"
    )
    [row] = json.loads(run("quotas", "list", "--json"))
    assert (row["sub_app_id"], row["quota_bytes"], row["quota_tasks"]) == (int(app_id), None, 0)
    assert re.search(
        rf"{app_id} +│ {app_id} +│ default +│ On +│ 0 +│ 0 of 7 ", run("quotas", "list", "--quota-media", "7")
    )


@pytest.mark.parametrize("wrong", ["-1", "1.5", "10X", "", "9999999999G"])
def test_a_quota_that_is_none(run: Run, wrong: str) -> None:
    said = run("quotas", "set", new_account(run), f"--bytes={wrong}", code=2)
    assert f"--bytes {wrong!r} is no number such as 0, 500 or 10G, nor 'default'" in said


def test_an_application_that_is_none(run: Run) -> None:
    new_account(run)
    assert "there is no application 1; `minivod quotas list` shows all" in run("quotas", "set", "1", code=1)
