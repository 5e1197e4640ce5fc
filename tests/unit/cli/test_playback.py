"""`minivod apps` and `minivod playback`: what they switch and print is what the server does."""

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from minivod.cli import app
from minivod.playback.psign import create_psign

from ..playback.stage import URL_KEY, Stage, linked, open_stage

Run = Callable[..., Awaitable[str]]


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    async def typed(*arguments: str, code: int = 0) -> str:
        flags = ["--database-url", database_url, "--data-dir", str(tmp_path)]
        done = await asyncio.to_thread(CliRunner().invoke, app, [*arguments, *flags])
        assert done.exit_code == code, done.output
        return done.output

    return typed


async def test_from_published_to_signed_to_open_and_back(run: Run, database_url: str, tmp_path: Path) -> None:
    async with open_stage(database_url, tmp_path / "objects") as stage:
        video = await stage.video("NONE")
        assert "distribution: published\nReferers: all" in await run("apps", "distribution")
        assert (await stage.get(video.url)).status == 404
        said = await run("apps", "distribution", "signed", "--sub-app", str(stage.app_id))
        key = re.search(r"^key: (\w{32})$", said, re.MULTILINE)
        assert key and "without signatures again: published" in said
        assert key[1] in await run("apps", "distribution", "signed")  # it stays
        await check_links(run, stage, f"http://vod.example{video.url}", key[1])
        assert "distribution: open\n" in await run("apps", "distribution", "open")
        assert (await stage.get(video.url)).status == 200
        listed = await run("apps", "list")
        assert re.search(rf"{stage.app_id} +│ {stage.app_id} +│ default +│ open +│ yes +│ all", listed)
        assert [one["url_key"] for one in json.loads(await run("apps", "list", "--json"))] == [None]
        assert "note: the distribution" in await run("playback", "sign", video.url)
        assert "distribution: published" in await run("apps", "distribution", "published")
        assert (await stage.get(video.url)).status == 404


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
async def test_the_play_key_is_shown_and_changed(run: Run, database_url: str, tmp_path: Path) -> None:
    async with open_stage(database_url, tmp_path / "objects", require_psign=True) as stage:
        video, key = await stage.video(), await stage.play_key()

        async def code(key: str) -> int:
            psign = create_psign(key, app_id=video.app_id, file_id=video.file_id)
            return int(json.loads((await stage.get(f"{video.play_info}?psign={psign}")).body)["code"])

        assert f"SubAppId: {stage.app_id}\nplay key: {key}\n" in await run("apps", "play-key")
        assert key not in await run("apps", "list") + await run("apps", "list", "--json") + await run(
            "apps", "distribution"
        )
        given = await run("apps", "play-key", "--key", "aKeyOfTheOldOne", "--sub-app", str(stage.app_id))
        assert "play key: aKeyOfTheOldOne\n" in given
        assert (await code("aKeyOfTheOldOne"), await code(key)) == (0, 403)
        made = re.search(r"play key: (\w{32})\n", await run("apps", "play-key", "--renew"))
        assert made and (await code(made[1]), await code("aKeyOfTheOldOne")) == (0, 403)
        for wrong in (
            ["--key", "short"],
            ["--key", "with a space"],
            ["--key", "x" * 65],
            ["--renew", "--key", "x" * 20],
        ):
            assert "--key must be 8 to 64" in await run("apps", "play-key", *wrong, code=2)
        assert made[1] in await run("apps", "play-key")


async def check_links(run: Run, stage: Stage, url: str, key: str) -> None:
    link = (await run("playback", "sign", url, "--rlimit", "2")).strip()
    assert (await stage.get(link.removeprefix("http://vod.example"))).status == 200
    said = await run("playback", "check", link)
    assert "the signature is right" in said and "rlimit: 2 addresses" in said and "exper: all of it" in said
    assert "sign is not" in await run("playback", "check", link + "0", code=1)
    assert link.partition("?")[0] == url
    given = await run("playback", "sign", url, "--key", key, "--us", "x", "--lifetime", "60")
    assert "&us=x&sign=" in given and "t: ends" in await run("playback", "check", given.strip())


@pytest.mark.parametrize(
    ("signed", "told"),
    [
        ("/1/d/2{t}", "Dir is without its last slash"), ("1/d/2/{t}", "Dir is without its first slash"),
        ("/1/d/2/f0.mp4{t}", "Dir has the name of the file"), ("/1/d/2/{T}", "t is written otherwise"),
        ("/1/d/2/{decimal}", "t is decimal"), ("/9/d/2/{t}", "by the application's key\n"),
    ],
)  # fmt: skip
async def test_mistakes_are_named(run: Run, signed: str, told: str) -> None:
    expires = int(time.time()) + 600 | 0xA
    text = URL_KEY + signed.format(t=f"{expires:08x}", T=f"{expires:08X}", decimal=expires)
    sign = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    url = f"http://vod.example/1/d/2/f0.mp4?t={expires:08x}&sign={sign}"
    said = await run("playback", "check", url, "--key", URL_KEY, code=1)
    assert "sign is not that of this path" in said and told in said


def by_hand(t: str) -> str:
    sign = hashlib.md5(f"{URL_KEY}/1/d/2/{t}".encode(), usedforsecurity=False).hexdigest()
    return f"http://vod.example/1/d/2/f0.mp4?t={t}&sign={sign}"


async def test_mistakes_that_were_not_made_are_not_named(run: Run) -> None:
    passed = await run("playback", "check", by_hand(f"{int(time.time()) - 900:08x}"), "--key", URL_KEY, code=1)
    assert "t has passed" in passed and "what was signed" not in passed
    decimal = await run("playback", "check", by_hand("1790000000"), "--key", URL_KEY, code=1)
    assert "1790000000 is decimal, and in hexadecimal 6ab13b80" in decimal and "capitals" not in decimal


async def test_the_answer_of_the_server_is_told(run: Run, database_url: str, tmp_path: Path) -> None:
    """What it says is what the server answers, of whatever state the video is."""
    async with open_stage(database_url, tmp_path / "objects") as stage:
        signed = await stage.application("signed")
        wanted = {
            "NONE": "", "PASS": "", "REJECTED": "was rejected", "WITHDRAWN": "was withdrawn", "EXPIRED": "ExpireTime",
            "FORBIDDEN": "is forbidden", "REJECTED BY A PERSON": "was rejected", "DELETED": "names no video",
        }  # fmt: skip
        for state, why in wanted.items():
            video = await stage.video(state, sub_app_id=signed)
            link = linked(f"https://vod.example/media{video.url}")
            status = (await stage.get(linked(video.url))).status
            flags = ["--public-url", "https://vod.example/media", *(["--key", URL_KEY] if state == "DELETED" else [])]
            said = await run("playback", "check", link, *flags, code=1 if status == 404 and state != "DELETED" else 0)
            assert "the signature is right" in said and why in said and (status == 404) == bool(why)
            assert state == "DELETED" or f"the server answers {status}" in said
        video = await stage.video("NONE", sub_app_id=signed)
        for url, why in (
            (f"{video.folder}/v.f10.mp4", "no file of that name"), (f"{video.folder}/adp.10/x.m3u8", "no file of that"),
            (video.url.replace(video.directory, "other"), "the directory in the address"),
        ):  # fmt: skip
            assert why in await run("playback", "check", linked(url), code=1)
            assert (await stage.get(linked(url))).status == 404
        other = linked(video.url, key="another-key-of-links")
        assert "answers 403: by the key of" in await run(
            "playback", "check", other, "--key", "another-key-of-links", code=1
        )
        unsigned = await stage.video("NONE")
        said = await run("playback", "check", linked(unsigned.url), "--key", URL_KEY, code=1)
        assert "not published, and the distribution is published" in said


async def test_without_a_database_the_signature_alone_is_judged(tmp_path: Path) -> None:
    arguments = ["playback", "check", linked("/1/d/2/f0.mp4"), "--key", URL_KEY, "--data-dir", str(tmp_path)]
    done = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert done.exit_code == 0 and "only the signature was looked at: there is no server's database" in done.output


@pytest.mark.parametrize("url", ["", "http://vod.example", "f0.mp4", "http://vod.example/1/d/2/"])
async def test_only_addresses_of_files_are_signed(run: Run, url: str) -> None:
    assert "the address is of no file" in await run("playback", "sign", url, "--key", URL_KEY, code=2)


async def test_what_is_wrong_is_told(run: Run, database_url: str, tmp_path: Path) -> None:
    async with open_stage(database_url, tmp_path / "objects") as stage:
        video = await stage.video("NONE")
        assert "has no key yet; `minivod apps" in await run("playback", "sign", video.url, code=2)
        assert "names no video" in await run("playback", "sign", "/1/2/3/f0.mp4", code=2)
        assert "--key must be 8 to 40" in await run("apps", "distribution", "signed", "--key", "short", code=2)
        assert "--key must be" in await run("apps", "distribution", "open", "--key", URL_KEY, code=2)
        assert "there is no application 5" in await run("apps", "distribution", "open", "--sub-app", "5", code=2)
        for wrong, told in ((linked("/a/b", lifetime=-400), "t has passed"), ("/a/b", "t must be")):
            assert told in await run("playback", "check", wrong, "--key", URL_KEY, code=1)
        assert "us must be" in await run("playback", "sign", "/a/b", "--key", URL_KEY, "--us", "x" * 200, code=2)
