"""`minivod psign` prints what the server accepts."""

import asyncio
import json
from pathlib import Path
from typing import Any

import jwt
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


FORMS: list[tuple[list[str], dict[str, Any]]] = [
    (["--audio-video-type", "Original"], {"audioVideoType": "Original"}),
    (
        ["--audio-video-type", "Transcode", "--definition", "10"],
        {"audioVideoType": "Transcode", "transcodeDefinition": 10},
    ),
    (
        ["--audio-video-type", "RawAdaptive", "--definition", "12", "--sprite", "11"],
        {"audioVideoType": "RawAdaptive", "rawAdaptiveDefinition": 12, "imageSpriteDefinition": 11},
    ),
    (["--sprite", "10"], {"audioVideoType": "Transcode", "transcodeDefinition": 100030, "imageSpriteDefinition": 10}),
]


async def test_each_form_can_be_asked_for(app: typer.Typer, database_url: str, tmp_path: Path) -> None:
    async with open_stage(database_url, tmp_path / "objects") as stage:
        video, key = await stage.video(definition=100030), await stage.play_key()
        for options, content in FORMS:
            arguments = [video.file_id, "--database-url", database_url, *options]
            printed = await asyncio.to_thread(CliRunner().invoke, app, arguments)
            assert printed.exit_code == 0, printed.output
            claims = jwt.decode(printed.stdout.strip(), key, ["HS256"], options={"verify_exp": False})
            assert claims["contentInfo"] == content


@pytest.mark.parametrize(
    "options",
    [
        ["--definition", "10"],
        ["--audio-video-type", "Original", "--definition", "10"],
        ["--audio-video-type", "Transcode"],
        ["--audio-video-type", "RawAdaptive"],
    ],
)
def test_a_template_belongs_to_a_form_that_has_one(app: typer.Typer, database_url: str, options: list[str]) -> None:
    printed = CliRunner().invoke(app, ["5285485487985271487", "--database-url", database_url, *options])
    assert printed.exit_code == 1 and "--definition must be given with" in printed.output


async def test_limits_of_links_can_be_asked_for(app: typer.Typer, database_url: str, tmp_path: Path) -> None:
    async with open_stage(database_url, tmp_path / "objects") as stage:
        signed = await stage.video("PASS", sub_app_id=await stage.application("signed"))
        unsigned = await stage.video("PASS")

        async def printed(file_id: str, *options: str, code: int = 0) -> str:
            arguments = [file_id, "--database-url", database_url, *options]
            done = await asyncio.to_thread(CliRunner().invoke, app, arguments, env={"TERMINAL_WIDTH": "200"})
            assert done.exit_code == code, done.output
            return done.output.strip()

        psign = await printed(signed.file_id, "--exper", "30", "--rlimit", "2", "--us", "ann")
        answer = json.loads((await stage.get(f"{signed.play_info}?psign={psign}")).body)
        url = answer["media"]["basicInfo"]["coverUrl"]
        assert answer["code"] == 0 and "exper=30&rlimit=2&us=ann~30~2&sign=" in url
        for options in (["--exper", "30"], ["--rlimit", "1"]):
            assert "nothing keeps" in await printed(unsigned.file_id, *options, code=1)
        assert "must end" in await printed(signed.file_id, "--lifetime", "0", code=1)
        assert "us must be" in await printed(signed.file_id, "--us", "x" * 200, code=2)
        for lifetime in ("nan", "inf", "1e300", "1e30", "-1", "-inf"):
            assert "--lifetime" in await printed(signed.file_id, "--lifetime", lifetime, code=2)


async def test_no_such_video(app: typer.Typer, database_url: str) -> None:
    arguments = ["5285485487985271487", "--database-url", database_url]
    printed = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert printed.exit_code == 1
    assert "there is no video '5285485487985271487'" in printed.output
