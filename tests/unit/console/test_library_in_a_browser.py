"""The pages of videos and tasks in Debian's Chromium: they work, keep their policy, and are looked at."""

from pathlib import Path

from playwright.async_api import FilePayload
from psycopg.types.json import Jsonb

from minivod.console import paths

from ..playback.stage import Video
from .desk import PASSWORD, Desk
from .test_in_a_browser import NAME, Complaints, asked_pictures, look, picture, picture_of, served_to_chromium
from .test_media import everything
from .test_tasks import TWO_STEPS, begin, fail

VIDEO_WIDTH = """new Promise((done) => {
    const video = document.getElementById("video");
    const told = () => video.videoWidth && done(video.videoWidth);
    video.addEventListener("loadedmetadata", told);
    video.addEventListener("error", () => done(-1));
    told();
})"""


async def fill(desk: Desk) -> Video:
    """Videos in every state, the last of them with all that there can be."""
    for state in ("PASS", "FAILED", "RUNNING", "REJECTED BY A PERSON", "FORBIDDEN", "NONE"):
        await desk.video(state, name=f"holiday {state.lower()}.mp4")
    video = await desk.video("PASS", name=NAME)
    await everything(desk, video)
    tags = ["summer", "一个很长的标签用来看看会怎样", "<b>"]
    await desk.db.execute(
        """update media set tags = %s, description = %s, metadata = metadata || %s where file_id = %s""",
        [tags, "What it shows. " * 8, Jsonb({"audio": [
            {"codec": "aac", "bitrate": 128_000, "sampling_rate": 44100, "channels": 2}
        ]}), video.file_id],
    )  # fmt: skip
    rows = await desk.db.fetch_all("select prefix, files from media_result")
    for row in rows:
        for number, name in enumerate(row["files"]):
            if name.endswith((".jpg", ".png")):
                await desk.stage.objects.put_bytes(f"{row['prefix']}/{name}", picture(number))
    return video


async def tasks(desk: Desk, video: Video) -> tuple[str, str]:
    """Tasks in every state; the addresses of one that runs, and of one that failed."""
    runs = await begin(desk, video, **TWO_STEPS)
    failed = await begin(desk, video, **TWO_STEPS | {"SessionId": ""})
    await fail(desk, failed, 1, 3)
    await desk.db.execute(
        "update task set status = 'PROCESSING', progress = 0.4, begun_at = now() where task_id = %s or parent_id = %s",
        [runs, runs],
    )
    return paths.task(video.sub_app_id, runs), paths.task(video.sub_app_id, failed)


async def test_an_administrator_works_with_videos(desk: Desk, tmp_path: Path, short_clip: Path) -> None:
    """An upload with progress, and a publication whose page refreshes itself, without a complaint of the browser."""
    async with served_to_chromium(desk, tmp_path) as (base, page):
        pictures = asked_pictures()
        complaints = Complaints().of(page)
        await page.goto(base + paths.LOGIN)
        await page.fill("[name=name]", "admin")
        await page.fill("[name=password]", PASSWORD)
        async with page.expect_navigation():
            await page.press("[name=password]", "Enter")
        await page.goto(base + paths.MEDIA)
        await look(page, pictures, "media-empty", "light")
        video = await fill(desk)
        here = paths.media(video.sub_app_id, video.file_id)
        runs, failed = await tasks(desk, video)
        for name, path, looks in (
            ("tasks", paths.TASKS, ["light", "phone-chinese-dark"]),
            ("task-runs", runs, ["light"]),
            ("task-failed", failed, ["phone-chinese-dark"]),
            ("media", paths.MEDIA, ["light", "chinese", "phone-chinese-dark"]),
            ("video", here, ["light", "dark", "phone-chinese-dark"]),
            ("video-delete", f"{here}/delete", ["phone"]),
        ):
            await page.goto(base + path)
            assert not complaints, (name, complaints)
            await look(page, pictures, name, *looks)
        await page.set_extra_http_headers({"accept-language": "en"})
        await page.set_viewport_size({"width": 1280, "height": 800})
        await page.goto(base + paths.MEDIA)
        await page.click(".upload summary")
        await picture_of(page, pictures, "upload", whole=False)
        wrong: FilePayload = {"name": "notes.mp4", "mimeType": "video/mp4", "buffer": b"no video at all"}
        await page.set_input_files("[name=file]", wrong)
        await page.wait_for_selector("#uploads .wrong")
        await picture_of(page, pictures, "upload-wrong", whole=False)
        assert [one for one in complaints if "409 (Conflict)" not in one] == [], "what is refused is no success"
        complaints.clear()
        await page.goto(base + paths.MEDIA)
        await page.click(".upload summary")
        async with page.expect_navigation(url="**said=uploaded"):
            await page.set_input_files("[name=file]", short_clip)
        assert await page.text_content("h1") == "short"
        assert await page.evaluate(VIDEO_WIDTH) == 320
        async with page.expect_navigation(url="**said=publishing"):
            await page.click("form[action$='/publish'] button")
        await look(page, pictures, "video-running", "light")
        await page.click("form[action$='/withdraw'] button", trial=True)
        await desk.db.execute("update publication set state = 'FAILED' where state = 'RUNNING'")
        await desk.db.execute("update task set status = 'FINISH', err_code = 70000, finished_at = now()")
        await page.wait_for_selector("form[action$='/publish']")  # the page has refreshed itself
        assert await page.text_content("#state .tag") == await page.text_content("#work .tag") == "failed"
        assert not complaints, complaints
