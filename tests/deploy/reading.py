"""What the files of `deploy/` say, and whether minivod understands it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from ruamel.yaml import YAML

from minivod.cli import app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = DEPLOY / "Containerfile"


def understood(arguments: Sequence[str]) -> None:
    """Parses the arguments of the program as the program does, and runs nothing; raises what it would end with."""
    command: Any = typer.main.get_command(app)
    name, rest = "minivod", list(arguments)
    while hasattr(command, "list_commands") and rest:
        name = rest.pop(0)
        found = command.get_command(None, name)
        assert found is not None, f"there is no command {name}"
        command = found
    if not hasattr(command, "list_commands"):
        command.make_context(name, rest)


def compose(name: str) -> dict[str, Any]:
    """A compose file, with its anchors and merge keys resolved; variables stay as they are written."""
    read: dict[str, Any] = YAML(typ="safe", pure=True).load((DEPLOY / name).read_text(encoding="utf-8"))
    return read


def image() -> list[list[tuple[str, str]]]:
    """The stages of the Containerfile: instructions and what they have, continued lines joined."""
    text = CONTAINERFILE.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    stages: list[list[tuple[str, str]]] = []
    for line in joined.splitlines():
        instruction, _, what = line.strip().partition(" ")
        if instruction == "FROM":
            stages.append([])
        stages[-1].append((instruction, what))
    return stages


def has(stage: list[tuple[str, str]], instruction: str) -> list[str]:
    """What a stage has of one kind of instruction."""
    return [what for name, what in stage if name == instruction]


def variables(stage: list[tuple[str, str]]) -> dict[str, str]:
    """The environment that a stage of the Containerfile sets."""
    return dict(pair.split("=", 1) for what in has(stage, "ENV") for pair in what.split())
