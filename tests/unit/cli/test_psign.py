"""`minivod psign` prints what the server accepts."""

import asyncio
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from minivod.cli.psign import psign

from ..playback.stage import open_stage


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(psign)
    return made


async def test_it_prints_what_the_server_accepts(app: typer.Typer, database_url: str, tmp_path: Path) -> None:
    async with open_stage(database_url, tmp_path / "objects", require_psign=True) as stage:
        for definition, options in ((0, []), (100030, ["--lifetime", "0"])):
            video = await stage.video(definition=definition)
            arguments = [video.file_id, "--database-url", database_url, *options]
            printed = await asyncio.to_thread(CliRunner().invoke, app, arguments)
            assert printed.exit_code == 0, printed.output
            answer = await stage.get(f"{video.play_info}?psign={printed.stdout.strip()}")
            assert json.loads(answer.body)["code"] == 0


async def test_no_such_video(app: typer.Typer, database_url: str) -> None:
    arguments = ["5285485487985271487", "--database-url", database_url]
    printed = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert printed.exit_code == 1
    assert "there is no video '5285485487985271487'" in printed.output
