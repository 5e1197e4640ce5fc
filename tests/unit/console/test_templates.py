"""Templates and procedures: every kind is listed, made by its form, copied, changed and deleted; and the ladder."""

import html
import io
import re
from typing import Any

import httpx
import msgspec
import pytest
from PIL import Image
from psycopg.types.json import Jsonb

from minivod.console import paths
from minivod.console.acting import Actor, By
from minivod.media.encode.preview import imagined
from minivod.processing import procedures
from minivod.store import accounts
from minivod.templates import catalog
from minivod.templates.kind import AnyKind
from minivod.templates.kinds import ADAPTIVE_DYNAMIC_STREAMING, KINDS, TRANSCODE, WATERMARK

from .desk import Desk, Person
from .test_apps import changes

_INPUT = re.compile(r"<input ([^>]*)>")
_SELECT = re.compile(r'<select name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


def filled(text: str) -> dict[str, list[str]]:
    """The fields of a form as a browser would send them, without script."""
    form = text.partition("<main")[2]
    found: dict[str, list[str]] = {}
    for one in _INPUT.findall(form):
        given = dict(_ATTRIBUTE.findall(one))
        if "name" in given and "disabled" not in given and (given.get("type") != "checkbox" or "checked" in given):
            found.setdefault(given["name"], []).append(html.unescape(given.get("value", "")))
    for name, options in _SELECT.findall(form):
        chosen = re.search(r'<option value="([^"]*)" selected>', options) or re.search(r'value="([^"]*)"', options)
        assert chosen is not None, name
        found.setdefault(name, []).append(html.unescape(chosen[1]))
    found.pop("csrf", None)
    return found


async def send(person: Person, page: str, path: str, **more: Any) -> httpx.Response:
    """The form of that page, with other values in some of its fields."""
    fields: dict[str, Any] = filled((await person.get(page)).text)
    return await person.post(page, path, **{**fields, **more})


async def own(desk: Desk, kind: AnyKind) -> dict[int, Any]:
    found = await catalog.available(desk.db, desk.stage.app_id, kind)
    return {one.definition: one for one in found if not one.preset}


WITH_PRESETS = [kind for kind in KINDS if kind.presets]


@pytest.mark.parametrize("kind", WITH_PRESETS, ids=lambda kind: kind.name)
async def test_a_preset_is_copied_and_the_copy_is_the_same(desk: Desk, kind: AnyKind) -> None:
    """So forms hold all that a template of the kind can say."""
    admin, app = await desk.signed_in("admin"), desk.stage.app_id
    base = paths.templates_of(app, kind.name)
    for definition, preset in list(kind.presets.items())[:: max(1, len(kind.presets) // 4)]:
        answer = await send(admin, f"{base}/new?from={definition}", base, Name="a copy")
        if answer.status_code == 409:  # some presets lie outside of what an application's own may be
            assert "must be" in html.unescape(answer.text), definition
            continue
        assert answer.status_code == 303, answer.text
        made = int(answer.headers["location"].partition("?")[0].rpartition("/")[2])
        template = (await own(desk, kind))[made]
        assert template.name == "a copy" and template.settings == preset.settings, definition
    assert await own(desk, kind)
    assert {one.action for one in await changes(desk)} == {f"Create{kind.name}Template"}


async def test_every_kind_is_listed_and_shown(desk: Desk) -> None:
    person, app = await desk.signed_in("viewer"), desk.stage.app_id
    for kind in KINDS:
        text = (await person.get(paths.templates(app, kind.name))).text
        shown = re.findall(rf'href="({paths.templates_of(app, kind.name)}/\d+)"', text)
        assert len(shown) == len(kind.presets), kind.name
        for path in shown[:2]:
            page = (await person.get(path)).text
            assert "preset" in page and 'method="post"' not in page.partition("<main")[2]
            assert ("What would come of a source" in page) is (kind in (TRANSCODE, ADAPTIVE_DYNAMIC_STREAMING))


async def test_a_template_is_changed_and_deleted(desk: Desk) -> None:
    admin, app = await desk.signed_in("admin"), desk.stage.app_id
    base = paths.templates_of(app, "Transcode")
    await send(admin, f"{base}/new?from=100010", base, Name="phones")
    [definition] = await own(desk, TRANSCODE)
    here = f"{base}/{definition}"
    answer = await send(admin, f"{here}/edit", here, **{"VideoTemplate.Bitrate": "777", "Comment": "for <b>"})
    assert answer.headers["location"] == f"{here}?said=saved"
    template = (await own(desk, TRANSCODE))[definition]
    assert template.settings.VideoTemplate.Bitrate == 777 and template.comment == "for <b>"
    page = (await admin.get(here)).text
    assert "for &lt;b&gt;" in page and "777" in page and "ModifyTranscodeTemplate" in page
    wrong = await send(admin, f"{here}/edit", here, **{"VideoTemplate.Bitrate": "5", "Name": "kept"})
    assert wrong.status_code == 409
    told = html.unescape(wrong.text)
    assert "VideoTemplate.Bitrate is 5; it must be 0 or from 128 to 100000" in told and 'value="kept"' in told
    answer = await admin.post(here, f"{here}/delete")
    assert answer.status_code == 303
    there = answer.headers["location"]
    assert f"Template {definition} was deleted." in (await admin.get(there)).text
    assert "Call us" not in (await admin.get(there.replace(f"about={definition}", "about=Call us"))).text
    assert await own(desk, TRANSCODE) == {}
    assert (await admin.get(here)).status_code == 404
    assert [one.code for one in await changes(desk)] == ["", "", "InvalidParameterValue.VideoBitrate", ""]


async def test_what_is_emptied_is_as_by_default_or_refused(desk: Desk) -> None:
    """And not silently as it was before."""
    admin, app = await desk.signed_in("admin"), desk.stage.app_id
    base = paths.templates_of(app, "Transcode")
    await send(admin, f"{base}/new?from=100010", base, **{"VideoTemplate.Gop": "77"})
    [definition] = await own(desk, TRANSCODE)
    here = f"{base}/{definition}"
    assert (await own(desk, TRANSCODE))[definition].settings.VideoTemplate.Gop == 77
    emptied = {"VideoTemplate.Gop": "", "VideoTemplate.Height": "", "Comment": "", "Name": ""}
    assert (await send(admin, f"{here}/edit", here, **emptied)).status_code == 303
    template = (await own(desk, TRANSCODE))[definition]
    assert (template.settings.VideoTemplate.Gop, template.settings.VideoTemplate.Height, template.name) == (0, 0, "")
    refused = await send(admin, f"{here}/edit", here, **{"VideoTemplate.Fps": ""})
    assert refused.status_code == 409 and "VideoTemplate.Fps" in refused.text
    assert (await own(desk, TRANSCODE))[definition].settings == template.settings


async def test_levels_are_added_and_removed_without_script(desk: Desk) -> None:
    admin, app = await desk.signed_in("admin"), desk.stage.app_id
    base = paths.templates_of(app, "AdaptiveDynamicStreaming")
    start = filled((await admin.get(f"{base}/new?from=10")).text)
    levels = len({name.split(".")[1] for name in start if name.startswith("StreamInfos.")})
    more = await admin.post(f"{base}/new?from=10", base, **start, add="StreamInfos")
    assert more.status_code == 200
    fields = filled(more.text)
    assert fields[f"StreamInfos.{levels}.Video.Height"] == fields[f"StreamInfos.{levels - 1}.Video.Height"]
    fewer = await admin.post(f"{base}/new", base, **fields, remove="StreamInfos.0")
    fields = filled(fewer.text)
    assert len({name.split(".")[1] for name in fields if name.startswith("StreamInfos.")}) == levels
    assert await own(desk, ADAPTIVE_DYNAMIC_STREAMING) == {} and await changes(desk) == []
    fields["StreamInfos.0.Video.Bitrate"] = ["555"]
    answer = await admin.post(f"{base}/new", base, **{**fields, "Name": "mine"})
    assert answer.status_code == 303
    [made] = (await own(desk, ADAPTIVE_DYNAMIC_STREAMING)).values()
    assert len(made.settings.StreamInfos) == levels and made.settings.StreamInfos[0].Video.Bitrate == 555
    for odd in ("Nothing", "StreamInfos.9.Video", "StreamInfos.x", "..", "StreamInfos.0.Video.Bitrate.0"):
        for button in ("add", "remove"):
            assert (await admin.post(f"{base}/new", base, **fields, **{button: odd})).status_code == 200


MARK: dict[str, Any] = {
    "Name": "©", "CoordinateOrigin": "TopLeft", "XPos": "10px", "YPos": "5%",
    "TextTemplate.FontType": "arial.ttf", "TextTemplate.FontSize": "20px", "TextTemplate.FontColor": "0xFFFFFF",
    "TextTemplate.FontAlpha": "0.5", "ImageTemplate.Width": "20%",
}  # fmt: skip
"""Fields of both types; those of the other one are left out."""


def png(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(file, "PNG")
    return file.getvalue()


async def send_mark(person: Person, path: str, content: bytes = b"", **fields: Any) -> httpx.Response:
    """As a browser sends a form with a file, or without one."""
    base = path.partition("/Watermark")[0] + "/Watermark/new"
    parts = [f'name="{name}"\r\n\r\n{value}' for name, value in {"csrf": await person.token(base), **fields}.items()]
    name = "mark.png" if content else ""
    parts.append(f'name="file"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n')
    body = "".join(f"\r\n--edge\r\nContent-Disposition: form-data; {one}" for one in parts)[2:].encode() + content
    headers = {"origin": person.base_url, "content-type": "multipart/form-data; boundary=edge"}
    return await person.client.post(path, content=body + b"\r\n--edge--\r\n", headers=headers)


async def test_a_text_watermark(desk: Desk) -> None:
    admin, base = await desk.signed_in("admin"), paths.templates_of(desk.stage.app_id, "Watermark")
    assert (await send_mark(admin, base, Type="text", **MARK)).status_code == 303
    [definition] = await own(desk, WATERMARK)
    here = f"{base}/{definition}"
    assert 'name="Type"' not in (await admin.get(f"{here}/edit")).text, "it cannot be changed"
    changed = await send_mark(admin, here, **{**MARK, "TextTemplate.FontAlpha": "0.25"})
    assert changed.status_code == 303
    template = (await own(desk, WATERMARK))[definition]
    assert template.settings.TextTemplate.FontAlpha == 0.25 and template.settings.Type == "text"
    assert template.settings.ImageTemplate is None and template.object_key is None


async def test_a_picture_is_uploaded_kept_and_copied(desk: Desk) -> None:
    admin, base = await desk.signed_in("admin"), paths.templates_of(desk.stage.app_id, "Watermark")
    without = await send_mark(admin, base, Type="image", **MARK)
    assert without.status_code == 409 and "ImageContent" in without.text
    wrong = await send_mark(admin, base, b"no picture", Type="image", **MARK)
    assert wrong.status_code == 409 and "must be a JPEG, PNG or GIF" in html.unescape(wrong.text)
    assert (await send_mark(admin, base, png("red"), Type="image", **MARK)).status_code == 303
    [(definition, made)] = (await own(desk, WATERMARK)).items()
    assert made.settings.ImageTemplate.Width == "20%" and made.settings.TextTemplate is None
    here = f"{base}/{definition}"
    assert (await send_mark(admin, here, **{**MARK, "ImageTemplate.Width": "30%"})).status_code == 303
    changed = (await own(desk, WATERMARK))[definition]
    assert changed.object_key == made.object_key and changed.settings.ImageTemplate.Width == "30%", "the picture stays"
    assert f'src="/{made.object_key.partition("/")[0]}' in (await admin.get(here)).text
    assert f'name="from" value="{definition}"' in (await admin.get(f"{base}/new?from={definition}")).text
    copy = await send_mark(admin, base, Type="image", **{**MARK, "from": str(definition)})
    assert copy.status_code == 303
    keys = [one.object_key for one in (await own(desk, WATERMARK)).values()]
    assert len(set(keys)) == 2
    pictures = [b"".join([part async for part in desk.stage.objects.get_range(key)]) for key in keys]
    assert pictures == [png("red")] * 2
    assert (await send_mark(admin, here, png("blue"), **MARK)).status_code == 303
    assert (await own(desk, WATERMARK))[definition].object_key != made.object_key


async def test_a_picture_that_is_too_large_or_no_form(desk: Desk) -> None:
    admin, base = await desk.signed_in("admin"), paths.templates_of(desk.stage.app_id, "Watermark")
    assert (await send_mark(admin, base, bytes(5 * 1024**2), Type="image", **MARK)).status_code == 400
    assert (await admin.post(f"{base}/new", base, **MARK)).status_code == 400
    foreign = await admin.client.post(
        base, data={"csrf": "0" * 64}, files={"file": ("a.png", png("red"))}, headers={"origin": admin.base_url}
    )
    assert foreign.status_code == 403
    assert await own(desk, WATERMARK) == {} and await changes(desk) == []


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
async def test_only_administrators_change_anything(desk: Desk, role: str) -> None:
    person, app = await desk.signed_in(role), desk.stage.app_id
    base, procedure = paths.templates_of(app, "Transcode"), f"{paths.TEMPLATES}/{app}/procedure"
    for path in (f"{base}/new", f"{procedure}/new", f"{procedure}/edit?name=x"):
        assert (await person.get(path)).status_code == 403, path
    for path in (base, f"{base}/1", f"{base}/1/delete", procedure, f"{procedure}/change", f"{procedure}/delete"):
        assert (await person.post(paths.TEMPLATES, path, Name="x")).status_code == 403, path
    admin = await desk.signed_in("admin")
    assert (await admin.client.post(base, data={"Name": "x"})).status_code == 403
    assert await changes(desk) == []


async def test_what_is_not_there(desk: Desk) -> None:
    admin, app = await desk.signed_in("admin"), desk.stage.app_id
    base = paths.templates_of(app, "Transcode")
    for path in (
        f"{paths.TEMPLATES}?kind=Other", f"{paths.TEMPLATES}?app=1", f"{base}/1", f"{base}/x", f"{base}/{'9' * 18}",
        f"{base}/100010/edit",
        f"{base}/new?from=1", f"{base}/new?from=x", f"{paths.TEMPLATES}/{app}/Other/1",
        f"{paths.TEMPLATES}/1/Transcode/10",
        paths.procedure(app, "none"), paths.procedure(app, "LongVideoPreset", "edit"),
        f"{paths.TEMPLATES}/{app}/procedure/new?from=none",
    ):  # fmt: skip
        assert (await admin.get(path)).status_code == 404, path
    for path, status in ((f"{base}/100010/delete", 409), (f"{base}/1/delete", 404)):
        assert (await admin.post(paths.TEMPLATES, path)).status_code == status, path
    await desk.db.execute("truncate account cascade")
    assert "There is no account yet" in (await admin.get(paths.TEMPLATES)).text


async def test_templates_of_another_application(desk: Desk) -> None:
    admin, app = await desk.signed_in("admin"), desk.stage.app_id
    async with desk.db.transaction() as connection:
        other = (await accounts.create_sub_app(connection, app, "other")).sub_app_id
    base = paths.templates_of(app, "Transcode")
    await send(admin, f"{base}/new?from=100010", base, Name="phones")
    [definition] = await own(desk, TRANSCODE)
    assert (await admin.get(paths.template(other, "Transcode", definition))).status_code == 404
    assert "phones" not in (await admin.get(paths.templates(other, "Transcode"))).text
    assert "phones" in (await admin.get(paths.templates(app, "Transcode"))).text


async def test_the_ladder_of_a_source(desk: Desk) -> None:
    person, app = await desk.signed_in("viewer"), desk.stage.app_id
    here = paths.template(app, "AdaptiveDynamicStreaming", 10)

    async def sizes(**asked: Any) -> list[str]:
        text = (await person.get(paths.with_query(here, **asked))).text
        return re.findall(r"<strong>(\d+×\d+)</strong>", text)

    high = await sizes(width=1920, height=1080)
    assert high == ["426×240", "854×480", "1280×720", "1920×1080"], "what is larger than the source is left out"
    assert len(await sizes(width=3840, height=2160)) == len(ADAPTIVE_DYNAMIC_STREAMING.presets[10].settings.StreamInfos)
    turned = await sizes(width=1080, height=1920)
    assert turned == ["×".join(reversed(one.split("×"))) for one in high], "the shorter side counts"
    low = await sizes(width=320, height=180)
    assert low == ["320×180"], "the lowest is made, and nothing is enlarged"
    for wrong in ({"width": 0}, {"width": "x"}, {"fps": 9999}, {"rate": "-1"}):
        assert "That is no size, rate" in (await person.get(paths.with_query(here, **wrong))).text
    assert "The application has no such video." in (await person.get(f"{here}?file=1")).text


async def test_the_ladder_of_a_video(desk: Desk) -> None:
    video = await desk.stage.video("PASS")
    found = msgspec.structs.replace(imagined(640, 360, fps=30, rate=900), md5="0" * 32, rotate=90, audio=[])
    await desk.db.execute(
        "update media set metadata = %s where file_id = %s", [Jsonb(msgspec.to_builtins(found)), video.file_id]
    )
    person = await desk.signed_in("viewer")
    here = paths.template(video.sub_app_id, "Transcode", 100020)
    text = (await person.get(f"{here}?file={video.file_id}")).text
    assert "640×360" in text and "90°" in text and "<strong>360×640</strong>" in text and "<td>–</td>" in text
    sound = paths.template(video.sub_app_id, "Transcode", 1010)
    told = (await person.get(f"{sound}?file={video.file_id}")).text
    assert "Nothing would be made:" in told and "the source has no audio stream" in told


async def test_a_procedure_is_made_changed_and_deleted(desk: Desk) -> None:
    admin, app = await desk.signed_in("admin"), desk.stage.app_id
    base = f"{paths.TEMPLATES}/{app}/procedure"
    answer = await send(admin, f"{base}/new?from=LongVideoPreset", base, Name="mine / 课程", Comment="all")
    assert answer.status_code == 303, answer.text
    made = await procedures.find(desk.db, app, "mine / 课程")
    preset = procedures.PRESETS["LongVideoPreset"]
    assert made is not None and made.task == preset.task and made.publish is None and made.comment == "all"
    here = paths.procedure(app, "mine / 课程")
    assert "mine / 课程" in (await admin.get(here)).text
    edit = paths.procedure(app, "mine / 课程", "edit")
    with_one = filled((await admin.post(edit, f"{base}/change", **filled((await admin.get(edit)).text),
                                        add="MediaProcessTask.TranscodeTaskSet")).text)  # fmt: skip
    with_one |= {"MediaProcessTask.TranscodeTaskSet.0.Definition": ["100010"], "SourceDefinition": ["100010"]}
    answer = await admin.post(edit, f"{base}/change", **with_one)
    assert answer.status_code == 303, html.unescape(answer.text)
    changed = await procedures.find(desk.db, app, "mine / 课程")
    assert changed is not None and changed.publish == 100010
    assert [one.Definition for one in changed.task.TranscodeTaskSet] == [100010]
    assert changed.task.ImageSpriteTaskSet == preset.task.ImageSpriteTaskSet
    wrong = await admin.post(edit, f"{base}/change", **{**with_one, "SourceDefinition": ["100020"]})
    assert wrong.status_code == 409 and "is not made by this procedure" in html.unescape(wrong.text)
    assert (await admin.post(here, f"{base}/delete", Name="mine / 课程")).status_code == 303
    assert await procedures.find(desk.db, app, "mine / 课程") is None
    assert (await admin.post(paths.TEMPLATES, f"{base}/delete", Name="LongVideoPreset")).status_code == 409
    assert (await admin.post(paths.TEMPLATES, base, Name="empty")).status_code == 409
    assert {one.about for one in await changes(desk)} >= {"Procedure mine / 课程", "Procedure empty"}


async def test_what_a_procedure_overrides_is_kept(desk: Desk) -> None:
    """A form loses nothing of a procedure that callers of the API have made."""
    admin, app = await desk.signed_in("admin"), desk.stage.app_id
    base = f"{paths.TEMPLATES}/{app}/procedure"
    task = {
        "TranscodeTaskSet": [
            {
                "Definition": 100010,
                "StartTimeOffset": 1234.56789,
                "OverrideParameter": {"VideoTemplate": {"Bitrate": 500}},
            }
        ],
        "SnapshotByTimeOffsetTaskSet": [{"Definition": 10, "ExtTimeOffsetSet": ["1s", "50%"]}],
    }
    await Actor(desk.services).call(
        By("ann", "en-US", "https"), app, "CreateProcedureTemplate", {"Name": "old", "MediaProcessTask": task}
    )
    before = await procedures.find(desk.db, app, "old")
    answer = await send(admin, paths.procedure(app, "old", "edit"), f"{base}/change", Comment="new")
    assert answer.status_code == 303, html.unescape(answer.text)
    after = await procedures.find(desk.db, app, "old")
    assert before is not None and after is not None and after.task == before.task and after.comment == "new"
    broken = {**filled((await admin.get(paths.procedure(app, "old", "edit"))).text)}
    broken["MediaProcessTask.TranscodeTaskSet.0.OverrideParameter"] = ["{"]
    assert (await admin.post(paths.TEMPLATES, f"{base}/change", **broken)).status_code == 400


async def test_a_template_that_procedures_name(desk: Desk) -> None:
    admin, app = await desk.signed_in("admin"), desk.stage.app_id
    base = paths.templates_of(app, "ImageSprite")
    await send(admin, f"{base}/new?from=10", base, Name="small")
    [definition] = await own(desk, next(kind for kind in KINDS if kind.name == "ImageSprite"))
    fields = {"Name": "uses it", "MediaProcessTask.ImageSpriteTaskSet.0.Definition": str(definition)}
    made = await admin.post(paths.TEMPLATES, f"{paths.TEMPLATES}/{app}/procedure", **fields)
    assert made.status_code == 303
    assert "uses it" in (await admin.get(f"{base}/{definition}")).text
