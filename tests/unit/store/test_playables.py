"""The question of playback: whatever an address names, it is that and nothing else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from minivod.store.database import Database
from minivod.store.playables import Address, find_playables, written


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=5))
@settings(max_examples=40)
async def test_texts_come_back_as_they_were(db: Database, texts: list[str]) -> None:
    for values in (texts, ["NULL", "null", "", " ", "{}", '"', "\\", '\\"', "a,b", "'; drop table media; --", "\n"]):
        row = await db.fetch_one("select %s::text[] as found", [written(values)])
        assert row is not None and row["found"] == values


async def test_numbers_come_back_as_they_were(db: Database) -> None:
    numbers = [0, 1, 2**62, -1]
    row = await db.fetch_one("select %s::bigint[] as found", [written(numbers)])
    assert row is not None and row["found"] == numbers


async def test_what_is_not_there(db: Database, app_id: int) -> None:
    names = ["", "a", '"}', "{", "x\\", "NULL"]
    assert await find_playables(db, [Address(app_id, "1", "Transcode", 7, name) for name in names]) == [None] * 6
