"""Searches are held against a model in Python: what is found, in which order, and how many.

What they read is held against the videos that it was made of.
"""

import random
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from minivod import ids
from minivod.store import accounts, media, search
from minivod.store.database import Database
from minivod.store.search import Search, Span

NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = (
    "家庭录像 第1集", "家庭录像 第12集",
    "录像家庭", "庭家", "家", "猫和狗", "猫", "狗和猫", "Episode 12", "episode 1", "EPISODE",
    "Ｅｐｉｓｏｄｅ 1", "éclair",
    "ÉCLAIR au café", "a%b_c", "a'b\\c", "", "🎬 片", "aaaa", "aa", "长" * 255, "ab cd ab",
)  # fmt: skip
DESCRIPTIONS = ("", "猫在家", "about a cat", "第1集")
TEXTS = (
    "家", "猫", "家庭", "庭家", "录像 第1", "第12集", "episode", "EPISODE 1", "ｅｐｉ", "é",
    "café", "%", "_", "'", "\\", "🎬",
    "aa", "aaa", "ab ab", "b c", "不", "长长长", " ",
)  # fmt: skip
TAGS = ("a", "b", "公开")


@dataclass(frozen=True)
class Video:
    """A row, as the model knows it."""

    file_id: str
    name: str
    description: str
    tags: tuple[str, ...]
    media_type: str
    forbidden: bool
    created: datetime
    expires: datetime | None


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def expected(videos: list[Video], asked: Search) -> list[str]:
    """The FileIds in their order."""
    found = [video for video in videos if matches(video, asked)]
    ranked = bool(asked.names or asked.descriptions or asked.text)
    found.sort(key=lambda video: (video.created, video.file_id), reverse=asked.newest_first or ranked)
    found = found[: search.MOST]
    if ranked:
        found.sort(key=lambda video: -rank(video, asked))
    return [video.file_id for video in found]


def rank(video: Video, asked: Search) -> float:
    looked = [(text, video.name) for text in asked.names] + [(text, video.description) for text in asked.descriptions]
    looked += [(asked.text, field) for field in (video.name, video.description) if asked.text]
    return sum(1 + len(folded(text)) / len(field) for text, field in looked if folded(text) in folded(field))


def matches(video: Video, asked: Search) -> bool:
    name, description = folded(video.name), folded(video.description)
    has = {f"t{tag}" for tag in video.tags} | {f"m{video.media_type}", "kVideo", "c0", "vnotModerated"}
    has.add("sForbidden" if video.forbidden else "sNormal")
    return all(
        [
            video.expires is None or video.expires > NOW,
            not asked.file_ids or video.file_id in asked.file_ids,
            all(has & set(terms) for terms in asked.terms),
            not asked.names or any(folded(text) in name for text in asked.names),
            not asked.prefixes or any(name.startswith(folded(text)) for text in asked.prefixes),
            not asked.descriptions or any(folded(text) in description for text in asked.descriptions),
            not asked.text or folded(asked.text) in name or folded(asked.text) in description,
            within(video.created, asked.created),
            asked.expires == Span()
            or (asked.never_expires if video.expires is None else within(video.expires, asked.expires)),
        ]
    )


def within(moment: datetime, span: Span) -> bool:
    return (span.begin is None or moment >= span.begin) and (span.end is None or moment < span.end)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    opened = await Database(database_url).open()
    yield opened
    await opened.close()


async def fill(db: Database, chance: random.Random, sub_app_id: int, number: int) -> list[Video]:
    """Videos in many blocks, whose times of creation are not in the order of their numbers."""
    videos = []
    for index in range(number):
        ends: datetime | None = None
        age = timedelta(minutes=chance.choice([1, 5, 90, 60 * 24, 60 * 24 * 40, 60 * 24 * 2000]) * (index + 1))
        if lifetime := chance.choice([None, None, timedelta(minutes=-1), timedelta(hours=3), timedelta(days=3000)]):
            ends = NOW + lifetime
        video = Video(
            ids.new_file_id(), chance.choice(NAMES), chance.choice(DESCRIPTIONS), tuple(chance.sample(TAGS, 2)),
            chance.choice(["mp4", "flv"]), chance.random() < 0.2, NOW - age, ends,
        )  # fmt: skip
        videos.append(video)
        async with db.transaction() as connection:
            await media.create(
                connection, file_id=video.file_id, sub_app_id=sub_app_id, directory="d", name=video.name,
                media_type=video.media_type, object_key=video.file_id, metadata={"video": [{}]},
                expires_at=video.expires,
            )  # fmt: skip
            await connection.execute(
                """update media set number = %s, description = %s, tags = %s, forbidden = %s, created_at = %s
                    where file_id = %s""",
                [
                    chance.randrange(60_000), video.description, list(video.tags), video.forbidden, video.created,
                    video.file_id,
                ],
            )  # fmt: skip
    return videos


def some_search(chance: random.Random, sub_app_id: int, videos: list[Video]) -> Search:
    """A search of one to four conditions."""
    moments = [video.created for video in videos] + [video.expires for video in videos if video.expires] + [NOW]
    texts = [*TEXTS, *(video.name[:20] for video in videos if video.name)]

    def span() -> Span:
        begin, end = sorted(chance.sample(moments, 2))
        return Span(chance.choice([begin, None]), chance.choice([end, None]))

    choices: list[dict[str, object]] = [
        {"names": chance.sample(texts, chance.choice([1, 1, 2, 4]))},
        {"prefixes": [text[: chance.choice([1, 2, 3, 9])] for text in chance.sample(texts, 2)]},
        {"descriptions": chance.sample(TEXTS, 2)},
        {"text": chance.choice(TEXTS)},
        {"terms": [[f"t{chance.choice(TAGS)}"], ["mmp4", "mavi"]]},
        {"terms": [["sForbidden"]]},
        {"terms": [["kVideo"], ["c0", "c7"], ["vnotModerated"]]},
        {"created": span()},
        {"expires": span(), "never_expires": chance.random() < 0.5},
        {"newest_first": False},
        {"file_ids": [video.file_id for video in chance.sample(videos, 5)]},
    ]
    asked: dict[str, object] = {}
    for one in chance.sample(choices, chance.choice([1, 2, 2, 3, 4])):
        asked |= one
    return msgspec.structs.replace(Search(sub_app_id=sub_app_id, limit=100), **asked)


@pytest.mark.parametrize("most", [5000, 9])
async def test_against_the_model(db: Database, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """`most` 9: of what matches, the newest are found, in whatever block they are."""
    chance = random.Random(most)
    async with db.transaction() as connection:
        own, other = [await accounts.create_account(connection) for _ in range(2)]
    videos = await fill(db, chance, own, 60)
    await fill(db, chance, other, 20)
    monkeypatch.setattr(search, "MOST", most)
    if most < 60:  # which are the newest is known by their numbers
        ordered = sorted(videos, key=lambda video: (video.created, video.file_id))
        for number, video in enumerate(ordered):
            await db.execute("update media set number = %s where file_id = %s", [number * 3000, video.file_id])
    hits = 0
    for _ in range(120):
        asked = some_search(chance, own, videos)
        found, wanted = await search.find(db, asked, NOW), expected(videos, asked)
        assert (found.total, found.file_ids) == (len(wanted), wanted), asked
        hits += bool(wanted)
        page = msgspec.structs.replace(asked, offset=2, limit=3)
        assert (await search.find(db, page, NOW)) == (len(wanted), wanted[2:5])
    assert hits > 40, "most searches must mean something"


def test_the_hours_of_an_expiry_are_its_own_and_few_others() -> None:
    """Whatever expires in the time has one of the terms; what has one is at most a sixteenth of the time away."""
    chance = random.Random(1)
    for _ in range(300):
        length = timedelta(hours=10 ** chance.uniform(2, 6))
        begin = NOW + timedelta(hours=10 ** chance.uniform(0, 5))
        [terms] = search._expiry(Search(sub_app_id=1, expires=Span(begin, begin + length), never_expires=False), NOW)
        assert len(terms) < 100

        def has(moment: datetime, terms: list[str] = terms) -> bool:
            hour = int(moment.timestamp()) // 3600
            return any(f"x{size}:{hour // 32**size}" in terms for size in range(4))

        if terms != ["xsome"]:
            assert all(has(begin + length * part) for part in (0, *(chance.random() for _ in range(20)), 1))
            near = max(length / 16, timedelta(hours=33))
            assert not has(begin - near) and not has(begin + length + near)


async def test_nothing_at_all(db: Database) -> None:
    assert await search.find(db, Search(sub_app_id=1, names=["猫"]), NOW) == (0, [])
    assert await search.find(db, Search(sub_app_id=1), NOW) == (0, [])


_AS_MEDIA_HAS_IT = """
select count(*) as videos, count(*) filter (where kept is distinct from made) as wrong
  from (select made from media, searchable_of(media) made) one full join searchable kept
    on kept.file_id = (one.made).file_id"""
_CHANGES = (
    "number = number + 9000", "created_at = created_at - interval '1 year'", "expires_at = null",
    "expires_at = now() + interval '9 days'", "name = 'Ｅｎｄ'", "description = 'ÉCLAIR'", "media_type = 'mov'",
    "storage_region = 'ap-x'", "review = 'block'", "review = null", "forbidden = not forbidden", "tags = '{x,y}'",
    "tags = '{}'", "class_id = 7, class_path = '{7}'", "class_id = 0, class_path = '{}'", "metadata = '{}'",
    "metadata = '{\"video\": [{}]}'", "cover_key = 'k'",
)  # fmt: skip


async def test_every_change_of_a_video_is_searched(db: Database) -> None:
    """One after the other, so that none hides that another one is not followed."""
    async with db.transaction() as connection:
        own = await accounts.create_account(connection)
        await connection.execute(
            "insert into media_class (sub_app_id, class_id, parent_id, path, name) values (%s, 7, -1, '{7}', 'seven')",
            [own],
        )
    videos = await fill(db, random.Random(3), own, 3)
    for change in _CHANGES:
        await db.execute("update media set " + change)
        assert await db.fetch_one(_AS_MEDIA_HAS_IT) == {"videos": 3, "wrong": 0}, change
    async with db.transaction() as connection:
        await media.delete(connection, own, videos[0].file_id)
    assert await db.fetch_one(_AS_MEDIA_HAS_IT) == {"videos": 2, "wrong": 0}


def test_the_model_is_no_mirror() -> None:
    """It finds what a person would find."""
    video = Video("1", "家庭录像 第1集", "", (), "mp4", False, NOW, None)
    for text, there in (("庭录", True), ("录像 第1", True), ("像录", False), ("第2", False)):
        assert (expected([video], Search(sub_app_id=1, names=[text])) == ["1"]) is there
    assert expected([replace(video, expires=NOW - timedelta(1))], Search(sub_app_id=1)) == []
