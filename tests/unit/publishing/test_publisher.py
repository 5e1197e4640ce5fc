"""What is reviewed is what is published, and nothing else: cover, further streams, pictures attached to the file."""

import io
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from pathlib import Path
from uuid import uuid4

import pylopdf_fonts_zh_cn
import pytest

from minivod import ids
from minivod.media.sandbox import Limits, Sandbox, run_trusted
from minivod.media.tools import ffmpeg_path
from minivod.objects import Objects
from minivod.publishing.publisher import Publisher
from minivod.review.detectors import DetectorConfig, DetectorSet, load_detectors
from minivod.review.model import Finding, Sample
from minivod.review.policy import Policy
from minivod.review.snippets import to_wav
from minivod.review.speech import SpeechDetector
from minivod.store import accounts, media, publications, tasks
from minivod.store.database import Database
from minivod.store.publications import KIND, Publications, PublishRequest
from minivod.store.tasks import Task
from minivod.tasking.conclude import conclude
from minivod.tasking.kind import Kinds, Run
from minivod.tasking.laps import Laps

from ...waiting import PATIENCE
from ..review.sounds import ToneRecogniser, say

FONT = Path(pylopdf_fonts_zh_cn.__file__).parent / "NotoSansSC-Regular.otf"
CALM = ["-f", "lavfi", "-t", "1", "-i", "testsrc2=size=640x360:rate=25"]
X264 = ["-c:v", "libx264", "-preset", "ultrafast"]

Publish = Callable[..., Awaitable[Task]]


def shows(text: str) -> list[str]:
    """The filter that draws a text."""
    return ["-vf", f"drawtext=fontfile='{FONT}':text='{text}':fontsize=36:fontcolor=white:borderw=2:x=40:y=120"]


def make(path: Path, *arguments: str | Path) -> Path:
    """A file by ffmpeg."""
    done = run_trusted([ffmpeg_path(), "-v", "error", "-nostdin", "-y", *arguments, path], timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    return path


@cache
def without_models(detail: int) -> DetectorSet:
    """What is left then: text needs none of ours. Loading it takes longer than most tests."""
    return load_detectors(DetectorConfig(Path("/nonexistent"), detail=detail))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await Database(database_url).open()
    yield database
    await database.close()


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects((tmp_path / "objects").as_uri())


@pytest.fixture
def publish(db: Database, objects: Objects, tmp_path: Path) -> Publish:
    """Publishes a file, with a cover or without, and gives the finished task."""

    async def published(
        video: Path, cover: Path | None = None, detail: int = 640, detectors: DetectorSet | None = None
    ) -> Task:
        publisher = Publisher(
            db=db,
            objects=objects,
            sandbox=Sandbox(Limits(stall=60.0, wall=120.0)),
            detectors=detectors or without_models(detail),
            policy=Policy(),
            interval=1.0,
            max_duration=60.0,
            detail=detail,
        )
        file_id = ids.new_file_id()
        await objects.put_file("source", video)
        if cover is not None:
            await objects.put_file("cover", cover)
        async with db.transaction() as connection:
            app_id = await accounts.create_account(connection)
            await media.create(
                connection,
                file_id=file_id,
                sub_app_id=app_id,
                directory=ids.new_directory(),
                name="clip",
                media_type="mp4",
                object_key="source",
                metadata={"container": "mp4"},
                cover_key="cover" if cover else None,
                cover_type="jpg" if cover else None,
            )
        task_id = ids.new_task_id(app_id, KIND)
        wanted = PublishRequest(sub_app_id=app_id, app_id=app_id, file_id=file_id, definition=0, task_id=task_id)
        assert (await Publications(db, lambda *_: True).accept(wanted)).accepted
        owner = uuid4()
        task = await tasks.claim(db, task_id, owner, 0)
        assert task is not None
        work = tmp_path / "work"
        work.mkdir()
        run = Run(task=task, work=work, on_progress=lambda _: None, laps=Laps("fetch"))
        return await conclude(db, objects, Kinds(single={KIND: publisher}), task, owner, await publisher.attempt(run))

    return published


async def stored(db: Database, task: Task) -> publications.Publication:
    return (await publications.find(db, task.sub_app_id, [task.file_id]))[task.file_id]


async def test_a_forbidden_text_on_the_cover_alone(publish: Publish, db: Database, tmp_path: Path) -> None:
    cover = make(tmp_path / "cover.jpg", *CALM, "-frames:v", "1", *shows("FREE PORN"), "-f", "mjpeg")
    task = await publish(make(tmp_path / "video.mp4", *CALM, *X264), cover)
    assert task.result == "Rejected"
    assert '"porn"' in task.message
    publication = await stored(db, task)
    assert (publication.object_key, publication.cover_key) == (None, None)


async def test_of_a_moving_cover_only_the_picture_that_was_reviewed_remains(
    publish: Publish, db: Database, objects: Objects, tmp_path: Path
) -> None:
    filters = shows("FREE PORN")[1] + ":enable='gt(n,0)'"
    cover = make(tmp_path / "cover.gif", *CALM, "-frames:v", "5", "-vf", filters)
    task = await publish(make(tmp_path / "video.mp4", *CALM, *X264), cover)
    assert task.result == "Pass", task.message
    key = (await stored(db, task)).cover_key
    assert key is not None
    async with objects.local_copy(key, tmp_path) as path:
        content = path.read_bytes()
    assert content.startswith(b"\xff\xd8\xff")
    assert content.count(b"\xff\xd8\xff") == 1


async def test_a_second_video_stream_is_not_published(
    publish: Publish, db: Database, objects: Objects, tmp_path: Path
) -> None:
    hidden = make(tmp_path / "hidden.mp4", *CALM, *shows("FREE PORN"), *X264)
    both = make(tmp_path / "both.mp4", *CALM, "-i", hidden, "-map", "0", "-map", "1", *X264)
    task = await publish(both)
    assert task.result == "Pass", task.message
    key = (await stored(db, task)).object_key
    assert key is not None
    async with objects.local_copy(key, tmp_path) as path:
        described = run_trusted([ffmpeg_path(), "-hide_banner", "-i", path], timeout=PATIENCE).stderr.decode()
    assert described.count("Video:") == 1


async def test_the_first_video_stream_is_the_one_that_counts(publish: Publish, tmp_path: Path) -> None:
    hidden = make(tmp_path / "hidden.mp4", *CALM, *shows("FREE PORN"), *X264)
    both = make(tmp_path / "both.mp4", *CALM, "-i", hidden, "-map", "1", "-map", "0", *X264)
    assert (await publish(both)).result == "Rejected"


async def test_more_detail_reads_smaller_text(publish: Publish, tmp_path: Path) -> None:
    """The setting review_detail; with 640 this text is too small to be sure of it."""
    filters = f"scale=1920:1080,{shows('FREE PORN')[1].replace('fontsize=36', 'fontsize=20')}"
    video = make(tmp_path / "video.mp4", *CALM, "-vf", filters, *X264)
    task = await publish(video, detail=1280)
    assert task.result == "Rejected", task.message


async def test_a_cover_that_is_none(publish: Publish, tmp_path: Path) -> None:
    cover = tmp_path / "cover.jpg"
    cover.write_bytes(b"\xff\xd8\xff" + b"no picture")
    task = await publish(make(tmp_path / "video.mp4", *CALM, *X264), cover)
    assert task.result == "Failed"
    assert task.message.startswith("its cover is not a picture: ")


async def test_a_damaged_video_is_told_in_a_sentence(publish: Publish, tmp_path: Path) -> None:
    video = make(tmp_path / "video.mp4", *CALM, *X264, "-movflags", "+faststart")
    video.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    task = await publish(video)
    assert task.result == "Failed"
    assert task.message.startswith("the video cannot be processed: it is damaged or incomplete")


class Blind:
    """A detector that sees nothing."""

    name = "blind"
    categories = frozenset({"Porn"})

    def inspect(self, sample: Sample) -> list[Finding]:
        return []


@pytest.fixture
def hearing(tmp_path: Path) -> DetectorSet:
    """The detector of speech with a recogniser of tones, and one that does not look."""
    return DetectorSet((Blind(),), listeners=(SpeechDetector(DetectorConfig(tmp_path), ToneRecogniser()),))


def speaking(path: Path, *words: str, pan: str = "pan=mono|c0=c0") -> Path:
    """A black video of three seconds in which the words are said after one."""
    (path.parent / "said.wav").write_bytes(to_wav(say(*words)))
    black: list[str | Path] = ["-f", "lavfi", "-t", "3", "-i", "color=black:size=64x64:rate=5"]
    sound: list[str | Path] = [
        "-i",
        path.parent / "said.wav",
        "-af",
        f"{pan},adelay=1000:all=1",
        "-c:a",
        "aac",
        "-b:a",
        "128k",
    ]
    return make(path, *black, *sound, *X264)


async def test_what_is_said_alone_rejects_and_can_be_listened_to(
    publish: Publish, db: Database, objects: Objects, hearing: DetectorSet, tmp_path: Path
) -> None:
    video = speaking(tmp_path / "video.mp4", " hello", " free", " sex", " videos")
    task = await publish(video, detectors=hearing)
    assert task.result == "Rejected"
    assert 'Porn.Asr: the words "' in task.message and "00:00:01" in task.message
    record = await tasks.find_review(db, task.sub_app_id, task.task_id)
    assert record is not None
    finding = record["findings"][0]
    assert finding["category"] == "Porn.Asr" and 1.0 < finding["start"] < finding["end"] < 2.3
    key = f"{record['evidence_prefix']}/{finding['evidence']}"
    assert key.endswith(".wav")
    async with objects.local_copy(key, tmp_path) as path:
        with wave.open(io.BytesIO(path.read_bytes())) as snippet:
            assert 1.0 < snippet.getnframes() / snippet.getframerate() < 4
    assert record["heard"] == pytest.approx(2.0, abs=0.2)
    async with db.transaction() as connection:
        await tasks.forget_reviews(connection, task.sub_app_id, task.file_id)
    assert await db.fetch_one("select 1 from doomed_object where object_key = %s", [key])


async def test_what_players_would_hear_of_two_sides_is_heard(
    publish: Publish, hearing: DetectorSet, tmp_path: Path
) -> None:
    """A mix of both sides would be silent."""
    video = speaking(tmp_path / "video.mp4", " free", " sex", pan="pan=stereo|c0=c0|c1=-1*c0")
    assert (await publish(video, detectors=hearing)).result == "Rejected"


async def test_harmless_speech_and_silent_videos_pass_and_the_gap_is_told(
    publish: Publish, hearing: DetectorSet, tmp_path: Path
) -> None:
    task = await publish(speaking(tmp_path / "video.mp4", " hello", " videos"), detectors=hearing)
    assert task.result == "Pass"
    assert "Porn.Asr (English only)" in task.message and "not covered" in task.message
    (tmp_path / "work").rename(tmp_path / "before")
    mute = await publish(make(tmp_path / "mute.mp4", *CALM, *X264), detectors=hearing)
    assert mute.result == "Pass" and "Porn.Asr" in mute.message
