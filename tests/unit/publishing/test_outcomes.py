"""What becomes of real files: published, refused in words, or failed for a reason of ours."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image, ImageChops, ImageStat

from minivod.jobs.janitor import delete_doomed
from minivod.media.probe import MediaMetadata, probe
from minivod.media.sandbox import Limits, Sandbox, run_trusted
from minivod.media.tools import ffmpeg_path
from minivod.publishing.formats import containers, summary
from minivod.publishing.publisher import Publisher
from minivod.review.detectors import DetectorConfig, make_detectors
from minivod.review.model import Finding, Sample
from minivod.review.policy import Policy
from minivod.store import media
from minivod.store.tasks import Task
from minivod.tasking.kind import Run
from minivod.tasking.laps import Laps

from ...waiting import PATIENCE
from ..media.streams import pictures, record_of, with_record, without_sets
from .stage import Stage, open_stage

PICTURE = "-f lavfi -i testsrc2=size=320x180:rate=25"
TONE = "-f lavfi -i sine=frequency=440"
X264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"
LONGEST = 20.0


class Detector:
    """Sees what a test says."""

    name = "scripted"
    categories = frozenset({"Terrorism"})

    def __init__(self, confidence: float, error: Exception | None = None) -> None:
        self.confidence, self.error = confidence, error

    def inspect(self, sample: Sample) -> Sequence[Finding]:
        if self.error is not None:
            raise self.error
        return [Finding.at(sample, "Terrorism", "a flag", self.confidence)]


class Publishing:
    """Publishes files with a given detector."""

    def __init__(self, stage: Stage, home: Path) -> None:
        self.stage, self.home = stage, home
        self.containers = containers(allow_mov=False)
        self.sandbox = Sandbox(Limits(stall=60.0, wall=120.0))

    def make(self, name: str, arguments: str) -> Path:
        """A file by ffmpeg; arguments are split at blanks."""
        path = self.home / name
        argv: list[str | Path] = [ffmpeg_path(), "-v", "error", "-nostdin", "-y", *arguments.split(), path]
        done = run_trusted(argv, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr.decode()
        return path

    async def published(self, task: Task) -> MediaMetadata:
        """What the row says of the file that players get."""
        found = await self.stage.publication(task)
        assert found is not None
        return msgspec.convert(found.metadata, MediaMetadata)

    async def publish(self, video: Path | None, detector: Detector | None = None, **details: Any) -> Task:
        task_id = await self.stage.accepted(video, **details)
        return await self.attempt(task_id, detector)

    async def attempt(self, task_id: str, detector: Detector | None = None) -> Task:
        chosen = detector or Detector(0)
        publisher = Publisher(
            db=self.stage.db,
            objects=self.stage.objects,
            sandbox=self.sandbox,
            detectors=make_detectors([("scripted", lambda: lambda _: chosen)], DetectorConfig(self.home)),
            policy=Policy(),
            interval=1.0,
            max_duration=LONGEST,
            containers=self.containers,
        )
        task, owner = await self.stage.claim(task_id)
        work = self.home / owner.hex
        work.mkdir()
        run = Run(task=task, work=work, on_progress=lambda _: None, laps=Laps("fetch"))
        finished = await self.stage.conclude(task, owner, await publisher.attempt(run))
        assert finished == await self.stage.task(task_id)
        assert [event["TaskId"] for event in await self.stage.events()] == [task_id]
        return finished


@pytest.fixture
async def publishing(database_url: str, tmp_path: Path) -> AsyncIterator[Publishing]:
    async with open_stage(database_url, tmp_path / "objects") as stage:
        yield Publishing(stage, tmp_path)


async def test_a_video_without_audio_is_published(publishing: Publishing, tmp_path: Path) -> None:
    task = await publishing.publish(publishing.make("silent.mp4", f"{PICTURE} -t 2 {X264}"))
    assert task.result == "Pass", task.message
    found = await publishing.stage.publication(task)
    assert found is not None and found.object_key is not None and found.cover_key is None
    async with publishing.stage.objects.local_copy(found.object_key, tmp_path) as path:
        published = await probe(publishing.sandbox, path)
    assert published.faststart and published.audio == [] and published.video[0].codec == "h264"
    assert found.metadata is not None and found.metadata["md5"] == published.md5


async def test_a_phones_3gp_becomes_an_mp4(publishing: Publishing) -> None:
    task = await publishing.publish(publishing.make("phone.3gp", f"{PICTURE} -t 2 {X264} -f 3gp"))
    assert task.result == "Pass", task.message
    found = await publishing.stage.publication(task)
    assert found is not None and found.metadata is not None and found.metadata["container"] == "mp4"


PLAYER = "the Mini Program player cannot play this video: "
X265 = "-c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt"
REFUSALS = {
    "hi10p.mp4": (
        f"{PICTURE} -t 1 -c:v libx264 -preset veryfast -pix_fmt yuv420p10",
        "the video is H.264 High 10 (10 bit, 4:2:0); H.264 must be Baseline, Main or High (8 bit, 4:2:0)",
    ),
    "h422.mp4": (
        f"{PICTURE} -t 1 -c:v libx264 -preset veryfast -pix_fmt yuv422p",
        "the video is H.264 High 4:2:2 (8 bit, 4:2:2); H.264 must be Baseline, Main or High (8 bit, 4:2:0)",
    ),
    "h444.mp4": (
        f"{PICTURE} -t 1 -c:v libx264 -preset veryfast -pix_fmt yuv444p",
        "the video is H.264 High 4:4:4 Predictive (8 bit, 4:4:4); H.264 must be Baseline, Main or High (8 bit, 4:2:0)",
    ),
    "gray.mp4": (
        f"{PICTURE} -t 1 -c:v libx264 -preset veryfast -pix_fmt gray",
        "the video is H.264 High (8 bit, 4:0:0); H.264 must be Baseline, Main or High (8 bit, 4:2:0)",
    ),
    "hevc12.mp4": (
        f"{PICTURE} -t 1 {X265} yuv420p12",
        "the video is H.265 Range Extensions (12 bit, 4:2:0); H.265 must be Main or Main 10 (8/10 bit, 4:2:0)",
    ),
    "av1.mp4": (
        f"{PICTURE} -t 1 -c:v libsvtav1 -preset 12",
        "the video codec is av1; it must be H.264 or H.265",
    ),
    "flac.mp4": (
        f"{PICTURE} {TONE} -t 1 {X264} -c:a flac -strict -2",
        "the audio codec is flac; it must be AAC or MP3",
    ),
    "eight.mp4": (
        f"{PICTURE} {TONE} -t 1 {X264} -c:a aac -ac 8",
        "the audio has 8 channels; AAC may have 6",
    ),
    "phone.mov": (f"{PICTURE} -t 1 {X264}", "the container is mov; it must be MP4 or 3GP"),
    "matroska.mp4": (f"{PICTURE} -t 2 {X264} -f matroska", "the container is mkv; it must be MP4 or 3GP"),
    "old.mp4": (f"{PICTURE} -t 2 -c:v mpeg4", "the video codec is mpeg4; it must be H.264 or H.265"),
    "opus.mp4": (f"{PICTURE} {TONE} -t 2 {X264} -c:a libopus", "the audio codec is opus; it must be AAC or MP3"),
    "sound.mp4": (f"{TONE} -t 2 -c:a aac", "there is no video stream"),
    "long.mp4": (
        f"-f lavfi -i color=size=64x64:rate=2 -t 30 {X264}",
        "it lasts 30 s; the server publishes at most 20 s",
    ),
}


CURE = (
    "A transcode by template 10 or 20 cures that: have it made by ProcessMedia (TranscodeTaskSet), and publish it with "
    "that SourceDefinition."
)
CURES = {
    "sound.mp4": "No transcoding template cures that.",
    "long.mp4": "No transcoding template cures that.",
    "matroska.mp4": f"{CURE} Or its streams stay as they are: upload it as MP4 (`ffmpeg -i video.mkv -c copy "
    "video.mp4` makes one).",
    "phone.mov": f"{CURE} Or its streams stay as they are: upload it as MP4 (`ffmpeg -i video.mov -c copy video.mp4` "
    "makes one), or the operator of this server turns on the setting allow_mov_originals.",
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_what_the_player_cannot_play_is_said(publishing: Publishing, name: str) -> None:
    """Whatever the file is called, and whatever is written about it in the database."""
    arguments, said = REFUSALS[name]
    task = await publishing.publish(publishing.make(name, arguments))
    assert (task.result, task.err_code_ext, task.err_code) == ("Failed", "SourceFileError", 60000)
    table = f"What can be published is: {summary(containers(allow_mov=False))}"
    assert task.message == f"{PLAYER}{said}. {CURES.get(name, CURE)} {table}"
    found = await publishing.stage.publication(task)
    assert found is not None and (found.state, found.object_key) == ("FAILED", None)
    await delete_doomed(publishing.stage.db, publishing.stage.objects)
    assert await publishing.stage.keys("published", "evidence") == []


@pytest.mark.parametrize("name", ["phone.mov", "phone.mp4"])
async def test_a_phones_mov_becomes_an_mp4_where_it_is_allowed(
    publishing: Publishing, tmp_path: Path, name: str
) -> None:
    publishing.containers = containers(allow_mov=True)
    turned = "-display_rotation:v:0 270"
    upright = publishing.make("upright.mp4", f"{PICTURE} {TONE} -t 1 {X264} -c:a aac")
    video = publishing.make(name, f"{turned} -i {upright} -c copy -f mov")
    assert (await probe(publishing.sandbox, video)).container == "mov"
    task = await publishing.publish(video)
    assert task.result == "Pass", task.message
    published = await publishing.published(task)
    assert (published.container, published.rotate, published.video[0].codec_tag) == ("mp4", 90, "avc1")
    assert [stream.codec for stream in published.audio] == ["aac"]


async def test_a_mov_with_a_sound_of_cameras_is_refused_for_the_sound(publishing: Publishing) -> None:
    publishing.containers = containers(allow_mov=True)
    task = await publishing.publish(publishing.make("camera.mov", f"{PICTURE} {TONE} -t 1 {X264} -c:a pcm_s16le"))
    assert task.message.startswith(f"{PLAYER}the audio codec is pcm_s16le; it must be AAC or MP3. {CURE} What can be")
    assert "container MP4, 3GP or MOV" in task.message


SETS_IN_SAMPLES = {
    "h264": ("-c:v libx264 -preset veryfast", "avc3", "avc1"),
    "hevc": (f"{X265} yuv420p", "hev1", "hvc1"),
}


@pytest.mark.parametrize("codec", SETS_IN_SAMPLES)
async def test_parameter_sets_among_the_samples_alone(publishing: Publishing, tmp_path: Path, codec: str) -> None:
    coder, tag, published = SETS_IN_SAMPLES[codec]
    stream = publishing.make("stream.ts", f"{PICTURE} -t 2 {coder}")
    source = publishing.make("source.mp4", f"-i {stream} -c copy -tag:v {tag}")
    before = pictures(with_record(source, without_sets(record_of(source))))
    assert len(before) == 50
    task = await publishing.publish(source)
    assert task.result == "Pass", task.message
    found = await publishing.stage.publication(task)
    assert found is not None and found.object_key is not None
    async with publishing.stage.objects.local_copy(found.object_key, tmp_path) as path:
        assert pictures(path) == before
        assert (await probe(publishing.sandbox, path)).video[0].codec_tag == published


async def test_high_dynamic_range_stays(publishing: Publishing) -> None:
    coder = "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10 -tag:v hvc1 -x265-params"
    colours = "colorprim=9:transfer=18:colormatrix=9:log-level=none"
    task = await publishing.publish(publishing.make("hlg.mp4", f"{PICTURE} -t 1 {coder} {colours}"))
    assert task.result == "Pass", task.message
    [stream] = (await publishing.published(task)).video
    assert (stream.format.profile, stream.dynamic_range, stream.hdr_type) == ("Main 10", "HDR", "hlg")


async def test_an_empty_audio_stream_is_left_out(publishing: Publishing) -> None:
    video = publishing.make("both.mp4", f"{PICTURE} {TONE} -t 1 {X264} -c:a aac")
    content = bytearray(video.read_bytes())
    sound = content.index(b"soun")
    for table, count in ((b"stts", 8), (b"stsc", 8), (b"stco", 8), (b"stsz", 12)):
        place = content.index(table, sound) + count
        content[place : place + 4] = bytes(4)
    video.write_bytes(content)
    assert [stream.empty for stream in (await probe(publishing.sandbox, video)).audio] == [True]
    task = await publishing.publish(video)
    assert task.result == "Pass", task.message
    assert (await publishing.published(task)).audio == []


async def test_a_text_that_is_called_a_video(publishing: Publishing, tmp_path: Path) -> None:
    path = tmp_path / "playlist.mp4"
    path.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    task = await publishing.publish(path)
    assert (task.result, task.err_code_ext) == ("Failed", "SourceFileError")
    assert "it is a playlist" in task.message


async def test_a_video_that_breaks_off(publishing: Publishing) -> None:
    path = publishing.make("broken.mp4", f"{PICTURE} -t 10 {X264} -movflags +faststart")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])
    task = await publishing.publish(path)
    assert (task.result, task.err_code_ext) == ("Failed", "SourceFileError")
    assert task.message


async def test_an_original_that_was_deleted_meanwhile(publishing: Publishing) -> None:
    task_id = await publishing.stage.accepted(publishing.make("video.mp4", f"{PICTURE} -t 1 {X264}"))
    task = await publishing.stage.task(task_id)
    async with publishing.stage.db.transaction() as connection:
        await media.delete_original(connection, publishing.stage.app_id, task.file_id)
    task = await publishing.attempt(task_id)
    assert (task.result, task.message) == ("Failed", "the original does not exist any more")


async def test_an_object_that_was_lost_is_no_decision(publishing: Publishing) -> None:
    """It may come back with the disk: the attempt fails, and the task goes on."""
    task_id = await publishing.stage.accepted(None)
    with pytest.raises(FileNotFoundError):
        await publishing.attempt(task_id)
    assert (await publishing.stage.task(task_id)).status == "PROCESSING"
    assert await publishing.stage.events() == []


async def test_what_a_detector_sees_is_refused(publishing: Publishing) -> None:
    video = publishing.make("video.mp4", f"{PICTURE} -t 2 {X264}")
    task = await publishing.publish(video, Detector(99))
    assert (task.result, task.err_code) == ("Rejected", 0)
    assert "Terrorism: a flag at 00:00:00" in task.message and "confidence 99" in task.message
    found = await publishing.stage.publication(task)
    assert found is not None and (found.state, found.object_key) == ("REJECTED", None)
    assert [row["Suggestion"] for row in found.review_summary] == ["block"]
    assert await publishing.stage.keys("published") == []
    assert len(await publishing.stage.keys("evidence")) >= 1


async def test_a_detector_that_fails_passes_nothing(publishing: Publishing) -> None:
    video = publishing.make("video.mp4", f"{PICTURE} -t 2 {X264}")
    task = await publishing.publish(video, Detector(0, RuntimeError("no memory")))
    assert (task.result, task.err_code_ext, task.err_code) == ("Failed", "InternalError", 70000)
    assert task.message.startswith("the review failed: the detector scripted failed at 0.0 s")
    assert await publishing.stage.keys("published", "evidence") == []


@pytest.mark.parametrize("kind", ["png", "gif", "webp"])
async def test_a_cover_is_published_as_a_jpeg(publishing: Publishing, tmp_path: Path, kind: str) -> None:
    video = publishing.make("video.mp4", f"{PICTURE} -t 1 {X264}")
    await publishing.stage.objects.put_file("cover", publishing.make(f"cover.{kind}", f"{PICTURE} -frames:v 1"))
    task = await publishing.publish(video, cover_key="cover", cover_type=kind)
    assert task.result == "Pass", task.message
    found = await publishing.stage.publication(task)
    assert found is not None and found.cover_key is not None
    async with publishing.stage.objects.local_copy(found.cover_key, tmp_path) as path:
        assert path.read_bytes()[:3] == b"\xff\xd8\xff"


async def test_a_transparent_cover_that_is_mirrored_and_turned(publishing: Publishing, tmp_path: Path) -> None:
    """What is published, not only what is reviewed, looks as Pillow shows it."""
    logo, exif = Image.new("RGBA", (320, 160)), Image.Exif()
    logo.paste("black", (20, 20, 120, 60))
    exif[0x0112] = 5
    logo.save(tmp_path / "cover", "WEBP", exif=exif, save_all=True, append_images=[Image.new("RGBA", logo.size, "red")])
    await publishing.stage.objects.put_file("cover", tmp_path / "cover")
    video = publishing.make("video.mp4", f"{PICTURE} -t 1 {X264}")
    task = await publishing.publish(video, cover_key="cover", cover_type="webp")
    assert task.result == "Pass", task.message
    found = await publishing.stage.publication(task)
    assert found is not None and found.cover_key is not None
    wanted = Image.new("RGB", (160, 320), "white")
    wanted.paste("black", (20, 20, 60, 120))
    async with publishing.stage.objects.local_copy(found.cover_key, tmp_path) as path:
        with Image.open(path) as published:
            assert published.size == wanted.size
            assert not published.getexif()
            assert max(ImageStat.Stat(ImageChops.difference(published, wanted)).mean) < 2


async def test_a_cover_that_is_no_picture(publishing: Publishing, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("<svg><image href='file:///etc/passwd'/></svg>")
    await publishing.stage.objects.put_file("cover", text)
    video = publishing.make("video.mp4", f"{PICTURE} -t 1 {X264}")
    task = await publishing.publish(video, cover_key="cover", cover_type="png")
    assert (task.result, task.err_code_ext) == ("Failed", "SourceFileError")
    assert task.message == "its cover is not a picture: it is not a JPEG, PNG, GIF or WebP picture"
