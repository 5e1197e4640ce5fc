"""Uploads by the form of the Media page: a file becomes a video, or the page says why not and nothing is left of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from minivod.console import paths
from minivod.console.passwords import Passwords
from minivod.console.site import make_site
from minivod.objects import Objects, StoreFull
from minivod.store import console_changes

from .desk import HOST, QUICK, Desk, Person, with_settings

TYPE = "multipart/form-data; boundary=line"


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    named = f'; filename="{file_name}"' if file_name is not None else ""
    return f'--line\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"


async def send(
    person: Person, app: int, content: bytes, name: str = "a clip.mp4", headers: Mapping[str, str] | None = None,
    **fields: Any
) -> httpx.Response:  # fmt: skip
    fields = {"csrf": await person.token(paths.MEDIA), **fields}
    return await person.client.post(
        f"{paths.MEDIA}/{app}/upload", data=fields, files={"file": (name, content)},
        headers={"origin": HOST, **(headers or {})},
    )  # fmt: skip


async def send_raw(person: Person, app: int, body: bytes) -> httpx.Response:
    headers = {"origin": HOST, "content-type": TYPE}
    return await person.client.post(f"{paths.MEDIA}/{app}/upload", content=body, headers=headers)


async def left(desk: Desk) -> list[str]:
    return [entry.key async for entry in desk.stage.objects.entries("vod_upload")]


async def test_a_file_becomes_a_video(desk: Desk, short_clip: Path) -> None:
    person, app = await desk.signed_in("admin"), desk.stage.app_id
    content = short_clip.read_bytes()  # noqa: ASYNC240 - a small file
    answer = await send(person, app, content, "妈妈 的生日.MP4")
    assert answer.status_code == 303, answer.text
    where = answer.headers["location"]
    assert where.endswith("?said=uploaded")
    text = (await person.get(where)).text
    assert "妈妈 的生日" in text and "Uploaded." in text
    row = await desk.db.fetch_one("select file_id, media_type, object_key from media")
    assert row is not None and row["media_type"] == "mp4" and where.startswith(paths.media(app, row["file_id"]))
    assert await left(desk) == [row["object_key"]]
    assert (await person.get(paths.media(app, row["file_id"], "original"))).content == content
    rows = await desk.db.fetch_all("select made_by, action from console_change order by change_id")
    assert [tuple(one.values()) for one in rows] == [
        ("admin", "ApplyUpload"), ("admin", "CommitUpload"), ("admin", "Upload")
    ]  # fmt: skip
    [change] = await console_changes.history(desk.db, app, row["file_id"])
    assert change.parameters == {"FileName": "妈妈 的生日.MP4"} and change.code == ""


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.mp4", b"no video at all", "is not media that can be read"),
        ("a.exe", b"x", "not a type of media"),
        ("video", b"x", "not a type of media"),
    ],
)
async def test_what_is_no_video_is_told(desk: Desk, name: str, content: bytes, told: str) -> None:
    answer = await send(await desk.signed_in("admin"), desk.stage.app_id, content, name)
    assert answer.status_code == 409 and "uploader" in answer.text
    assert told in answer.text, re.findall('role="alert".*', answer.text)
    assert await desk.db.fetch_one("select from media") is None


async def test_a_form_without_a_file_is_told(desk: Desk) -> None:
    person = await desk.signed_in("admin")
    body = part("csrf", (await person.token(paths.MEDIA)).encode()) + part("file", b"", "") + b"--line--"
    answer = await send_raw(person, desk.stage.app_id, body)
    assert answer.status_code == 409 and "No file was chosen." in answer.text


async def test_bounds_hold(desk: Desk) -> None:
    desk.app = make_site(with_settings(desk, max_upload_size=1000), Passwords(QUICK))
    answer = await send(await desk.signed_in("admin"), desk.stage.app_id, b"x" * 1001)
    assert answer.status_code == 409 and "larger than 1000 bytes" in answer.text
    assert await left(desk) == []
    desk.app = make_site(with_settings(desk, quota_media=1), Passwords(QUICK))
    await desk.video()
    person = await desk.signed_in("admin", **{"accept-language": "zh"})
    answer = await send(person, desk.stage.app_id, b"x")
    assert answer.status_code == 409 and "配额" in answer.text
    assert (await send(person, desk.stage.app_id + 1, b"x")).status_code == 409


async def test_a_full_store_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: Any, **__: Any) -> None:
        raise StoreFull("no space")

    monkeypatch.setattr(Objects, "put_stream", full)
    answer = await send(await desk.signed_in("admin"), desk.stage.app_id, b"x")
    assert answer.status_code == 409 and "the object store is full" in answer.text


async def test_a_file_that_breaks_off_is_nothing(desk: Desk) -> None:
    person = await desk.signed_in("admin")
    token = (await person.token(paths.MEDIA)).encode()
    body = part("csrf", token) + part("file", b"x" * 1000, "a.mp4")
    answer = await send_raw(person, desk.stage.app_id, body)
    assert answer.status_code == 409 and "broke off" in answer.text
    assert await left(desk) == []


async def test_only_administrators_by_their_own_forms(desk: Desk) -> None:
    """T23."""
    app = desk.stage.app_id
    for role in ("viewer", "reviewer"):
        person = await desk.signed_in(role)
        assert (await send(person, app, b"x", csrf=await person.token(paths.HOME))).status_code == 403
    admin = await desk.signed_in("admin")
    assert (await send(admin, app, b"x", csrf="0" * 64)).status_code == 403
    assert (await send(admin, app, b"x", headers={"origin": "https://evil.example"})).status_code == 403
    assert await desk.db.fetch_one("select from upload") is None
