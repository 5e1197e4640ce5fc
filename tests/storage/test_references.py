"""No object that a row refers to is ever deleted, and every other one is gone when its time is over."""

from pathlib import Path

import pytest

from minivod.actions import commit_upload, modify_media_info, watermark_picture
from minivod.media.probe import MediaMetadata
from minivod.store.database import Database

from ..wire.wire import open_wire
from .life import REFERENCES, begin, metadata

STEPS, LONGEST = 50, 1000
HAPPENS = (
    "CreateWatermarkTemplate",
    "ModifyWatermarkTemplate",
    "DeleteWatermarkTemplate",
    "ModifyMediaInfo",
    "put",
    "slow put",
    "multipart",
    "commit",
    "PASS",
    "REJECTED",
    "approve: PASS",
    "reject: REJECTED",
    "delete",
    "deleted",
)
"""What a life must have seen."""
NO_OBJECT = {
    ("access_key", "secret_key"), ("sub_app", "play_key"), ("upload", "secret_key"), ("upload", "session_key"),
    ("upload", "media_key"), ("upload", "cover_key"), ("uploaded_object", "object_key"),
    ("uploaded_object", "session_key"), ("multipart_upload", "object_key"), ("multipart_upload", "session_key"),
    ("doomed_object", "object_key"), ("media_result", "source_key"), ("event_config", "sign_key"),
    ("upload_key", "secret_key"), ("upload_key", "session_key"), ("upload_signature", "session_key"),
    ("sub_app", "url_key"), ("preview", "source_key"),
}  # fmt: skip
"""Other keys: secrets, sessions, and the names that uploaders use. A doomed object is what nothing refers to, and the
source of a result, which outlives it, is the original's own, as that of a preview is its file's."""


async def test_the_columns_that_name_objects_are_known(database_url: str) -> None:
    """A new one belongs into REFERENCES, and into whatever deletes its row."""
    db = await Database(database_url).open()
    rows = await db.fetch_all(
        """select table_name, column_name from information_schema.columns
            where table_schema = 'public' and table_name not like 'procrastinate%%'
              and column_name ~ '_(key|prefix)$'"""
    )
    await db.close()
    assert {(row["table_name"], row["column_name"]) for row in rows} == REFERENCES | NO_OBJECT


@pytest.fixture
def unprobed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any content is taken for a video or a picture: what probing costs and finds is not the question here."""

    async def inspect(*_: object) -> MediaMetadata:
        return metadata()

    async def look_at(*_: object) -> None:
        pass

    monkeypatch.setattr(commit_upload, "_inspect", inspect)
    monkeypatch.setattr(watermark_picture, "look_at", look_at)
    monkeypatch.setattr(modify_media_info, "look_at", look_at)


@pytest.mark.parametrize(("seed", "faults"), [(1, 0.0), (3, 0.1)])
async def test_a_life(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unprobed: None, seed: int, faults: float
) -> None:
    async with open_wire(database_url, tmp_path, rate_limit=0) as wire, begin(wire, seed, tmp_path) as life:
        monkeypatch.setattr(Database, "transaction", lambda database: life.transaction(database))
        life.faults = faults
        number = 0
        while number < STEPS or (missing := [what for what in HAPPENS if not life.done.get(what)]):
            number += 1
            assert number < LONGEST, life.done
            await life.step(missing if number > STEPS else ())
            lost = await life.referred() - await life.stored()
            assert not lost, f"step {number}: gone, although rows refer to them: {lost}"
        await life.end()
        assert await life.stored() == await life.referred()
        assert await wire.db.fetch_all("select 1 from doomed_object") == []
        assert list((tmp_path / "objects" / ".partial").iterdir()) == []
