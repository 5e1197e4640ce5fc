"""What is typed wrong is told in a sentence by every command, whatever the value is: never by a traceback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from argon2 import PasswordHasher
from rich.text import Text
from typer.testing import CliRunner, Result

from minivod import settings as table
from minivod.cli import _COMMANDS, _Commands, app
from minivod.console import passwords

SETTINGS = {field.name for field in table.fields()} | {"config"}
LEFT_OUT = {"demo", "models install"}
"""They begin with what takes long, or fetch files; their values go through the same entry."""
SERVERS = {"serve", "api", "worker"}
URLS = ("http://[::1", "http://a:b", "http://[x]/", "//[", "http://a:99999")
ODD = ("http://[::1", "nan")


def leaves(path: list[str], command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            yield from leaves([*path, name], command.get_command(None, name))
    elif " ".join(path) not in LEFT_OUT:
        yield " ".join(path), command


ROOT: Any = typer.main.get_command(app)
BUILT = {name: ROOT.get_command(None, name) for name in _COMMANDS}
COMMANDS = dict(one for name in BUILT for one in leaves([name], BUILT[name]))


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are built once, and passwords hashed cheaply: most of the time of these tests would go there."""
    monkeypatch.setattr(_Commands, "get_command", lambda self, context, name: BUILT.get(name))
    monkeypatch.setattr(passwords, "PasswordHasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def test_help_is_shown_whole() -> None:
    """What stands in brackets is no markup: `minivod[speech]`, a default in words."""
    for path, command in COMMANDS.items():
        for text in (command.help or "", *(one.help or "" for one in command.params if hasattr(one, "help"))):
            assert Text.from_markup(text).plain == text.replace("\\[", "["), (path, text)


def own(command: Any) -> list[Any]:
    return [one for one in command.params if one.name not in {*SETTINGS, "help"}]


def run(arguments: list[str], tmp_path: Path) -> Result:
    place = {"MINIVOD_DATA_DIR": str(tmp_path), "TENCENTCLOUD_SECRET_ID": "x", "TENCENTCLOUD_SECRET_KEY": "y"}
    done = CliRunner().invoke(app, arguments, env=place, input="")
    told = done.exception is None or isinstance(done.exception, SystemExit)
    assert told and "Traceback" not in done.output, (arguments, done.exception, done.output)
    return done


def typed(path: str, command: Any, odd: Any, value: str, tmp_path: Path) -> list[str]:
    """The command with that value of that parameter, and others where it needs them."""
    options, arguments = [], []
    for one in own(command):
        if one is not odd and not one.required:
            continue
        text = value if one is odd else str(tmp_path / "a.mp4") if one.name == "file" else "1"
        if one.opts[0].startswith("-"):
            options.append(f"{max(one.opts, key=len)}={text}")
        else:
            arguments.append(text)
    names = {one.name for one in command.params}
    options += ["--endpoint=http://127.0.0.1:1"] if "endpoint" in names and odd.name != "endpoint" else []
    options += ["--database-url=postgresql://127.0.0.1:1/none"] if "database_url" in names else []
    return [*path.split(), *options, "--", *arguments]


@pytest.mark.parametrize("path", [path for path in COMMANDS if path not in SERVERS])
def test_no_value_brings_a_traceback(path: str, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    command = COMMANDS[path]
    for parameter in own(command):
        for value in () if getattr(parameter, "is_flag", False) else ODD:
            run(typed(path, command, parameter, value, tmp_path), tmp_path)


@pytest.mark.parametrize("value", ["\udcff", "a\0b", "x\ud800"])
@pytest.mark.parametrize("path", ["serve", "words test", "events list", "psign", "upload-signature --session-context"])
def test_what_is_no_text_is_refused_by_all_commands(path: str, value: str, tmp_path: Path) -> None:
    for arguments in ([*path.split(), value], [*path.split(), f"--data-dir={value}"]):
        done = run(arguments, tmp_path)
        assert done.exit_code == 2 and "minivod: argument" in done.output
        assert "is not UTF-8" in done.output or "has a NUL character" in done.output


def test_variables_that_are_no_text_are_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["keys", "list"], env={"MINIVOD_PUBLIC_URL": "http://\udcff"})
    assert done.exit_code == 2 and "the variable MINIVOD_PUBLIC_URL is not UTF-8" in done.output


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("path", ["serve", "worker", "doctor check"])
def test_a_public_url_that_cannot_be_read(path: str, url: str, tmp_path: Path) -> None:
    done = run([*path.split(), "--public-url", url], tmp_path)
    assert done.exit_code == 2 and "the setting public_url has a wrong value" in done.output


@pytest.mark.parametrize("url", [*URLS, "", "127.0.0.1:9050", "ftp://a"])
@pytest.mark.parametrize("path", ["publish 1"])
def test_an_endpoint_that_cannot_be_read(path: str, url: str, tmp_path: Path) -> None:
    done = run([*path.split(), f"--endpoint={url or '/'}"], tmp_path)
    assert done.exit_code == 1 and "is not a URL like http://127.0.0.1:9050" in done.output


@pytest.mark.parametrize("command", ["sign", "check"])
@pytest.mark.parametrize("url", ["http://[::1", "//[", "http://[x]/"])
def test_an_address_that_cannot_be_read(command: str, url: str, tmp_path: Path) -> None:
    done = run(["playback", command, url, "--key", "a-key-of-links"], tmp_path)
    assert done.exit_code == 2 and "the address cannot be read" in done.output


@pytest.mark.parametrize("lifetime", ["nan", "inf", "1e300", "1e30", "-1"])
def test_a_lifetime_is_a_time(lifetime: str, tmp_path: Path) -> None:
    done = run(["playback", "sign", "/1/d/2/f0.mp4", "--key", "a-key-of-links", "--lifetime", lifetime], tmp_path)
    assert done.exit_code == 2 and "--lifetime" in done.output


def test_the_endpoint_is_that_of_the_settings(tmp_path: Path) -> None:
    """Nobody listens there; the sentence names the place."""
    for variables, told in (
        ({"MINIVOD_PORT": "1"}, "127.0.0.1:1"),
        ({"MINIVOD_PORT": "1", "MINIVOD_HOST": "::"}, "[::1]:1"),
    ):
        keys = {"TENCENTCLOUD_SECRET_ID": "x", "TENCENTCLOUD_SECRET_KEY": "y"}
        done = CliRunner().invoke(app, ["publish", "1"], env=variables | keys)
        assert done.exit_code == 1 and f"http://{told}" in done.output


def test_every_command_is_tried() -> None:
    assert {path.split()[0] for path in COMMANDS} | {"demo", "models"} == set(_COMMANDS)
