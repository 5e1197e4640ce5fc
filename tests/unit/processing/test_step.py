"""What a step that came to nothing says: whose fault it is, in the codes of contract.md §5."""

import uuid
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from minivod import ids
from minivod.media.outputs import OutputWrong
from minivod.media.sandbox import Limits, Sandbox, StepFailed, run_trusted
from minivod.media.sniff import NotMedia
from minivod.media.tools import ffmpeg_path
from minivod.media.unfit import Unfit
from minivod.processing.accept import Order, accept
from minivod.processing.plan import Step
from minivod.processing.procedure import Procedure
from minivod.processing.step import Job, Product, StepKind, Workshop
from minivod.store import media, steps, tasks
from minivod.store.database import Database
from minivod.store.steps import NewStep, NewTask
from minivod.tasking.attempt import Attempts
from minivod.tasking.kind import Kinds, Run
from minivod.tasking.laps import Laps
from minivod.wire.procedure import PROCEDURE, Told

from ...waiting import PATIENCE
from ..publishing.stage import Stage, open_stage
from ..publishing.test_preflight import FINE

OURS = "the server made something that is not right, and keeps nothing of it; the original is not at fault: "
ENDS = [
    (OutputWrong("it is too short"), "InternalError", 70000, f"{OURS}it is too short"),
    (StepFailed("it was stopped"), "SourceFileError", 60000, "the original cannot be processed: it was stopped"),
    (Unfit("InvalidInput.InvalidTimeOffset", "too late"), "InvalidInput.InvalidTimeOffset", 40000, "too late"),
    (NotMedia("torn"), "SourceFileError.ContentMalformed", 60000, "the original cannot be read: torn"),
]


async def _run_of(stage: Stage, source: Path, work: Path, *marks: dict[str, Any]) -> Run:
    """A step of a video with that original and those watermarks, claimed."""
    file_id, task_id = ids.new_file_id(), ids.new_task_id(stage.app_id, "procedurev2")
    await stage.objects.put_file(file_id, source)
    params: dict[str, Any] = {"input": {}, "template": {}, "marks": list(marks)}
    step = NewStep(kind="Transcode", queue="encode", definition=10, params=params)
    async with stage.db.transaction() as connection:
        await media.create(
            connection, file_id=file_id, sub_app_id=stage.app_id, directory=ids.new_directory(), name="clip",
            media_type="mp4", object_key=file_id, metadata={},
        )  # fmt: skip
        [step_id] = await steps.accept(
            connection,
            NewTask(
                task_id=task_id, sub_app_id=stage.app_id, app_id=stage.app_id, kind="procedurev2", file_id=file_id,
                priority=0, params={}, steps=[step],
            ),
        )  # fmt: skip
    task = await tasks.claim(stage.db, step_id, uuid.uuid4(), 0)
    assert task is not None
    return Run(task=task, work=work, on_progress=lambda _: None, laps=Laps("fetch"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    tmp_path.chmod(0o711)  # the tools' user has to pass
    (tmp_path / "work").mkdir()
    path = tmp_path / "source.mp4"
    argv = f"{ffmpeg_path()} -v error -nostdin -f lavfi -i color=size=16x16 -t 0.2 {path}".split()
    assert run_trusted(argv, timeout=PATIENCE).returncode == 0
    return path


@pytest.mark.parametrize(("error", "ext", "code", "message"), ENDS, ids=[type(end[0]).__name__ for end in ENDS])
async def test_whose_fault_it_is(
    database_url: str, tmp_path: Path, source: Path, error: Exception, ext: str, code: int, message: str
) -> None:
    async def make(job: Job) -> Product:
        raise error

    async with open_stage(database_url, tmp_path / "objects") as stage:
        run = await _run_of(stage, source, tmp_path / "work")
        sandbox = Sandbox(Limits(stall=60.0, wall=120.0))
        workshop = Workshop(db=stage.db, objects=stage.objects, sandbox=sandbox, threads=1)
        end = await StepKind("Transcode", make, workshop).attempt(run)
    assert (end.outcome.err_code_ext, end.outcome.err_code, end.outcome.message) == (ext, code, message)
    assert end.product is None


async def test_a_watermark_whose_picture_is_gone(database_url: str, tmp_path: Path, source: Path) -> None:
    async def make(job: Job) -> Product:
        raise AssertionError("there is nothing to draw")

    async with open_stage(database_url, tmp_path / "objects") as stage:
        run = await _run_of(
            stage, source, tmp_path / "work", {"definition": 1000001, "object_key": "watermark/1/a.png"}
        )
        sandbox = Sandbox(Limits(stall=60.0, wall=120.0))
        workshop = Workshop(db=stage.db, objects=stage.objects, sandbox=sandbox, threads=1)
        outcome = (await StepKind("Transcode", make, workshop).attempt(run)).outcome
    assert (outcome.err_code_ext, outcome.err_code) == ("InvalidInput.DefinitionNotExist", 40000)
    assert "the picture of watermark template 1000001 was replaced or deleted" in outcome.message


@pytest.mark.parametrize(("mode", "subjects"), [("Finish", []), ("None", []), ("Change", ["/1/begin"])])
async def test_who_did_not_ask_is_not_told_of_the_beginning_of_a_step(
    database_url: str, tmp_path: Path, mode: str, subjects: list[str]
) -> None:
    """And costs nothing: there is no database then."""
    async with open_stage(database_url, tmp_path / "objects") as stage:
        file_id = ids.new_file_id()
        step = Step(type="Transcode", definition=10, input={"Definition": 10}, template={}, marks=[])
        async with stage.db.transaction() as connection:
            await media.create(
                connection, file_id=file_id, sub_app_id=stage.app_id, directory=ids.new_directory(), name="clip",
                media_type="mp4", object_key=file_id, metadata=msgspec.to_builtins(FINE),
            )  # fmt: skip
            order = Order(
                sub_app_id=stage.app_id, app_id=stage.app_id, file_id=file_id, steps=[step], told=Told(notify=mode)
            )
            task_id = await accept(connection, "http://vod.example", order)
        task = await tasks.claim(stage.db, task_id.removesuffix("0") + "1", uuid.uuid4(), 0)
        assert task is not None
        kinds = Kinds(single={}, wholes={PROCEDURE: Procedure("http://vod.example")})
        db = stage.db if subjects else cast("Database", None)
        await Attempts(db, stage.objects, kinds, str(tmp_path), heartbeat=1.0, most=1)._begun(task)
        rows = await stage.db.fetch_all("select subject from event")
        assert [row["subject"].removeprefix(task_id) for row in rows] == subjects
