"""`minivod upload-signature` prints what the server accepts, by the key of the environment."""

import time

import pytest
import typer
from typer.testing import CliRunner

from minivod.cli.upload_signature import upload_signature
from minivod.ugc import signature
from minivod.ugc.shapes import Members

SECRET_ID, SECRET_KEY = "AKID" + "a" * 32, "k" * 32
KEY = {"TENCENTCLOUD_SECRET_ID": SECRET_ID, "TENCENTCLOUD_SECRET_KEY": SECRET_KEY}


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(upload_signature)
    return made


def members(app: typer.Typer, *options: str) -> Members:
    printed = CliRunner().invoke(app, options, env=KEY)
    assert printed.exit_code == 0, printed.output
    signed = signature.split(printed.stdout.strip())
    assert signature.is_signed_by(signed, SECRET_KEY)
    return signature.members(signature.read(signed), time.time())


def test_the_usual_one(app: typer.Typer) -> None:
    usual = members(app)
    assert usual.secretId == SECRET_ID
    assert usual.expireTime - usual.currentTimeStamp == 86400
    assert usual.oneTimeValid == 0
    assert usual.random != members(app).random


def test_every_member(app: typer.Typer) -> None:
    options = {
        "--lifetime": "7776000", "--sub-app-id": "1500000001", "--class-id": "3", "--procedure": "流程",
        "--priority": "-10", "--notify": "Change", "--source-context": "a&b=c", "--session-context": "s",
        "--storage-region": "ap-guangzhou",
    }  # fmt: skip
    made = members(app, "--once", *(part for pair in options.items() for part in pair))
    assert made == Members(
        secretId=SECRET_ID,
        currentTimeStamp=made.currentTimeStamp,
        expireTime=made.currentTimeStamp + 7_776_000,
        random=made.random,
        classId=3,
        procedure="流程",
        taskPriority=-10,
        taskNotifyMode="Change",
        sourceContext="a&b=c",
        oneTimeValid=1,
        vodSubAppId=1_500_000_001,
        sessionContext="s",
        storageRegion="ap-guangzhou",
    )


@pytest.mark.parametrize(
    ("options", "key", "words"),
    [
        (["--lifetime", "7776001"], KEY, "--lifetime"),
        (["--priority", "11"], KEY, "--priority"),
        (["--source-context", "s" * 251], KEY, "--source-context has 251 characters; it may have 250"),
        (["--session-context", "s" * 1001], KEY, "--session-context has 1001 characters; it may have 1000"),
        ([], {**KEY, "TENCENTCLOUD_SECRET_ID": SECRET_KEY}, "SecretId"),
        ([], {}, "TENCENTCLOUD_SECRET_ID"),
    ],
)
def test_what_is_wrong_is_named(app: typer.Typer, options: list[str], key: dict[str, str], words: str) -> None:
    printed = CliRunner().invoke(app, options, env={name: key.get(name) for name in KEY} | {"COLUMNS": "200"})
    assert printed.exit_code == 2
    assert words in printed.output
    assert SECRET_KEY not in printed.output
