"""The pictures of watermark templates: kept before they are acknowledged, shown by their URL, given up in time."""

import base64
import io
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from PIL import Image
from starlette.applications import Starlette

from minivod import errors
from minivod.actions import CallContext, inline_picture
from minivod.clock import Clock
from minivod.jobs.janitor import delete_doomed
from minivod.objects import StoreFull
from minivod.playback.routes import routes
from minivod.store.database import Database
from minivod.templates.kinds import WATERMARK

from ..templates.samples import SMALLEST, png
from .test_commit_upload import CLIP, uploaded
from .test_procedure_templates import make
from .test_templates import do, one

TEXT = {"FontType": "simkai.ttf", "FontSize": "16px", "FontColor": "0xFF0000", "FontAlpha": 0.5}


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def image(content: bytes) -> dict[str, Any]:
    return {"Type": "image", "ImageTemplate": {"ImageContent": encoded(content)}}


def drawn(kind: str, frames: int = 1) -> bytes:
    file = io.BytesIO()
    first, *rest = (Image.new("RGB", (20, 10), (0, 40 * index, 0)) for index in range(frames))
    first.save(file, kind, **({"save_all": True, "append_images": rest} if rest else {}))
    return file.getvalue()


async def keys(db: Database) -> tuple[set[str], dict[str, timedelta]]:
    """The pictures that templates have, and the doomed with how long they have left."""
    kept = {row["object_key"] for row in await db.fetch_all("select object_key from template")}
    rows = await db.fetch_all("select object_key, after - now() as left from doomed_object")
    return kept, {row["object_key"]: row["left"] for row in rows}


@pytest.mark.parametrize(
    "content",
    [drawn("JPEG"), drawn("GIF"), png(), drawn("GIF", 3), drawn("PNG", 3)],
    ids=["jpeg", "gif", "png", "moving gif", "apng"],
)
async def test_a_picture_is_kept_as_it_is(call: CallContext, content: bytes) -> None:
    answer = await do(call, "CreateWatermarkTemplate", image(content))
    described = await one(call, WATERMARK, answer["Definition"])
    assert described["ImageTemplate"] == {
        "ImageUrl": answer["ImageUrl"], "Width": "10%", "Height": "0px", "RepeatType": "repeat", "Transparency": 0,
    }  # fmt: skip
    assert (described["Type"], described["TextTemplate"], described["SvgTemplate"]) == ("image", None, None)
    [key], doomed = await keys(call.services.database)
    assert doomed == {}
    assert b"".join([chunk async for chunk in call.services.objects.get_range(key)]) == content
    assert answer["ImageUrl"] == f"http://vod.example/watermark/{call.app_id}/{key.removeprefix('watermark/')}"
    row = await call.services.database.fetch_one("select body from template")
    assert row is not None and row["body"]["ImageTemplate"]["ImageContent"] == ""


async def test_a_new_picture_replaces_the_old_which_is_kept_for_tasks_of_before(call: CallContext) -> None:
    made = await do(call, "CreateWatermarkTemplate", image(png()))
    definition, db = made["Definition"], call.services.database
    [old], _ = await keys(db)
    unchanged = await do(call, "ModifyWatermarkTemplate", {"Definition": definition, "XPos": "5px"})
    assert unchanged == {"ImageUrl": ""}
    assert (await keys(db))[0] == {old}
    changed = await do(
        call,
        "ModifyWatermarkTemplate",
        {"Definition": definition, "ImageTemplate": {"ImageContent": encoded(png("red")), "Transparency": 50}},
    )
    described = await one(call, WATERMARK, definition)
    assert described["ImageTemplate"]["ImageUrl"] == changed["ImageUrl"] != made["ImageUrl"]
    assert (described["ImageTemplate"]["Transparency"], described["XPos"]) == (50, "5px")
    [new], doomed = await keys(db)
    assert new != old and doomed.keys() == {old} and timedelta(days=6) < doomed[old] <= timedelta(days=7)
    await do(call, "DeleteWatermarkTemplate", {"Definition": definition})
    kept, doomed = await keys(db)
    assert kept == set() and doomed.keys() == {old, new}
    assert await call.services.objects.head(old) and await call.services.objects.head(new)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("not Base64!", "Base64"),
        ("data:image/png;base64," + encoded(png()), "Base64"),
        (encoded(b"hello"), "not a picture"),
        (encoded(b"#EXTM3U\nfile:///etc/passwd"), "not a picture"),
        (encoded(drawn("WEBP")), "JPEG, PNG or GIF"),
        (encoded(png()[:40]), "cannot|read|damaged"),
        (encoded(png() + bytes(inline_picture.LARGEST)), "at most"),
    ],
    ids=["empty", "text", "data url", "no picture", "playlist", "webp", "cut off", "large"],
)  # fmt: skip
async def test_what_is_no_picture_is_refused_and_leaves_nothing(call: CallContext, content: str, said: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=said) as caught:
        await do(call, "CreateWatermarkTemplate", {"Type": "image", "ImageTemplate": {"ImageContent": content}})
    assert caught.value.code == "InvalidParameterValue.ImageContent"
    kept, doomed = await keys(call.services.database)
    assert kept == set()
    assert all(left <= timedelta(0) for left in doomed.values())


async def test_base64_with_line_breaks(call: CallContext) -> None:
    wrapped = base64.encodebytes(drawn("JPEG")).decode()
    assert "\n" in wrapped.strip()
    await do(call, "CreateWatermarkTemplate", {"Type": "image", "ImageTemplate": {"ImageContent": wrapped}})


async def test_the_picture_of_a_change_that_fails_is_given_up(call: CallContext) -> None:
    definition = (await do(call, "CreateWatermarkTemplate", {"Type": "text", "TextTemplate": TEXT}))["Definition"]
    with pytest.raises(errors.InvalidParameterValue) as caught:
        await do(
            call, "ModifyWatermarkTemplate", {"Definition": definition, "ImageTemplate": image(png())["ImageTemplate"]}
        )
    assert caught.value.code == "InvalidParameterValue.ImageTemplate"
    kept, doomed = await keys(call.services.database)
    assert kept == {None} and len(doomed) == 1


async def test_a_store_that_is_full_is_told_and_nothing_is_made(
    call: CallContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise StoreFull("full")

    monkeypatch.setattr(call.services.objects, "put_bytes", full)
    with pytest.raises(errors.ServiceUnavailable):
        await do(call, "CreateWatermarkTemplate", SMALLEST["Watermark"])
    assert (await keys(call.services.database))[0] == set()


async def test_text(call: CallContext) -> None:
    made = await do(call, "CreateWatermarkTemplate", {"Type": "text", "TextTemplate": TEXT})
    assert made["ImageUrl"] == ""
    described = await one(call, WATERMARK, made["Definition"])
    assert (described["TextTemplate"], described["ImageTemplate"]) == (TEXT, None)
    for kind, number in (("text", 1), ("image", 0), ("svg", 0)):
        assert (await do(call, "DescribeWatermarkTemplates", {"Type": kind}))["TotalCount"] == number


async def test_the_url_answers_while_the_template_has_the_picture(call: CallContext) -> None:
    services = call.services
    app = Starlette(
        routes=routes(
            services.database, services.objects, Clock(), public_url="", require_psign=False, cors_origins=["*"]
        )
    )
    made = await do(call, "CreateWatermarkTemplate", image(png()))
    path = made["ImageUrl"].removeprefix("http://vod.example")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vod.example") as client:
        shown = await client.get(path)
        assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, png(), "image/png")
        assert shown.headers["x-content-type-options"] == "nosniff"
        for wrong in (
            path.replace("png", "jpg"), path.replace(f"/{call.app_id}/", f"/{call.app_id + 1}/", 1),
            path[:-5] + ("0" if path[-5] != "0" else "1") + ".png", path.replace(".png", "%00.png"),
            f"/watermark/{call.app_id}/x/a.png", f"/watermark/{call.app_id}/{call.app_id}/a.svg",
        ):  # fmt: skip
            assert (await client.get(wrong)).status_code == 404, wrong
        await do(call, "DeleteWatermarkTemplate", {"Definition": made["Definition"]})
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("change", ["DeleteWatermarkTemplate", "ModifyWatermarkTemplate"])
async def test_a_long_upload_has_the_picture_as_it_was_when_it_was_accepted(call: CallContext, change: str) -> None:
    """A session may be open for longer than pictures are kept for tasks."""
    services = call.services
    settings = msgspec.structs.replace(services.settings, upload_lifetime=timedelta(days=10).total_seconds())
    call = msgspec.structs.replace(call, services=msgspec.structs.replace(services, settings=settings))
    definition = (await do(call, "CreateWatermarkTemplate", image(png())))["Definition"]
    marked = {"Definition": 10, "WatermarkSet": [{"Definition": definition}]}
    await make(call, MediaProcessTask={"TranscodeTaskSet": [marked]})
    session = await uploaded(call, CLIP, Procedure="mine")
    changed = {"ImageTemplate": {"ImageContent": encoded(drawn("PNG"))}} if change.startswith("Modify") else {}
    await do(call, change, {"Definition": definition, **changed})
    await services.database.execute("update doomed_object set after = after - interval '16 days'")
    await delete_doomed(services.database, services.objects)
    await do(call, "CommitUpload", {"VodSessionKey": session})
    [step] = await services.database.fetch_all("select params from task where kind = 'Transcode'")
    [mark] = step["params"]["marks"]
    assert b"".join([chunk async for chunk in services.objects.get_range(mark["object_key"])]) == png()
