"""The program's commands: each can be found, has its flags, and says what it is."""

import pytest
from typer.testing import CliRunner

from minivod import __version__, settings_page
from minivod import settings as table
from minivod.cli import _COMMANDS, app
from minivod.templates import page

WIDE = {"COLUMNS": "200", "TERMINAL_WIDTH": "200"}


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments), env=WIDE)
    return done.exit_code, done.output


def test_help_lists_every_command() -> None:
    code, text = run("--help")
    assert code == 0
    for name in _COMMANDS:
        assert f" {name} " in text


@pytest.mark.parametrize("name", list(_COMMANDS))
def test_every_command_has_its_help(name: str) -> None:
    code, text = run(name, "--help")
    assert code == 0
    assert f"minivod {name}" in text


@pytest.mark.parametrize("name", ["serve", "api", "worker"])
def test_every_setting_is_a_flag(name: str) -> None:
    _, text = run(name, "--help")
    for field in table.fields():
        assert f"--{field.name.replace('_', '-')} " in text
    assert "--fd" not in text
    assert "--supervised" not in text


def test_help_of_other_commands_is_short() -> None:
    _, text = run("keys", "create", "--help")
    assert "--data-dir " in text and "--database-url " in text
    assert "--detectors" not in text and "`minivod settings`" in text


def test_every_flag_tells_its_default() -> None:
    _, text = run("serve", "--help")
    flags = " ".join(line.strip("│ ") for line in text.splitlines())
    assert "[default: 9050]" in flags
    assert flags.count("[default: ") == len(table.fields())


def test_words_in_brackets_are_no_markup() -> None:
    _, text = run("demo", "--help")
    assert "minivod[demo]" in text


def test_completion_is_offered_once() -> None:
    assert "--install-completion" in run("--help")[1]
    assert not [name for name in _COMMANDS if "--install-completion" in run(name, "--help")[1]]


def test_the_group_of_one_command_stays_a_group() -> None:
    code, text = run("models", "--help")
    assert code == 0
    assert "install" in text


def test_a_mistyped_command_is_told() -> None:
    code, text = run("serv")
    assert code == 2
    assert "Did you mean 'serve'?" in text


def test_version() -> None:
    assert run("--version") == (0, f"minivod {__version__}\n")


def test_settings_are_listed() -> None:
    code, text = run("settings")
    assert code == 0
    lines = text.splitlines()
    assert len(lines) == 2 * len(table.fields())
    assert "rate_limit = 100" in lines
    assert "    Largest picture that is decoded, pixels. (whole number from 1)" in lines
    assert run("settings", "--markdown") == (0, settings_page.to_markdown())


def test_preset_templates_are_listed() -> None:
    code, text = run("templates")
    assert code == 0
    assert "Transcode 100010: H.264 MP4 360p" in text.splitlines()
    assert run("templates", "--markdown") == (0, page.to_markdown())
