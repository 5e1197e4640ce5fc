"""Searches the videos of an application: what is asked becomes one statement that reads as little as it can.

The index of the table `searchable` knows a video by terms: letters and pairs of letters of its name (`n`) and
description (`d`), beginnings of its name (`p`), tags (`t`), classes (`c`), type (`m`), region (`r`), category (`k`),
status (`s`), review (`v`) and hours of its expiry (`x`). Terms are asked of one block of videos after the other, in the
order of creation, until MOST were found; so a search costs what it finds and not what there is (migration 0032).

What the planner is told of a block's terms is a guess. So `offset 0` stands wherever it could do something else than
ask the index of terms alone and look at what that found: read all videos of a month for each block, for example.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from minivod.store.database import Database

MOST = 5000
"""Videos that a search finds, as in the reference: the newest, or the oldest, of those that match."""
NONE = "NONE"
"""In place of the state of a publication: there is none."""
_TERMS = "search_terms(m.number, m.sub_app_id, m.name, m.description, m.facts)"
_BOUNDS = {
    "after": "m.created_at >=",
    "before": "m.created_at <",
    "expires_after": "m.expires_at >=",
    "expires_before": "m.expires_at = 'infinity' or m.expires_at <",  # whether infinity may be, the terms have said
}
_WIDTH = 32
"""Hours are terms of four sizes: one, 32, 32² and 32³ of them."""
_SKEW = timedelta(hours=2)
"""By so much the clocks of servers and of the database may differ."""


class Span(NamedTuple):
    """From a time to the time before another one; None: there is no bound."""

    begin: datetime | None = None
    end: datetime | None = None


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; everything that is given must hold, of a list one of its entries.

    Attributes:
        sub_app_id: of the application.
        file_ids: only these.
        terms: lists of terms, as above.
        names: parts of the name.
        prefixes: beginnings of the name.
        descriptions: parts of the description.
        text: a part of name or description; empty: not asked.
        created: when it was made.
        expires: when it expires.
        never_expires: whether what never expires counts as in `expires`.
        publication: the state of its publication, or `NONE`: it has none; empty: not asked.
        newest_first: the order; what has `names`, `descriptions` or `text` comes by how well it matches.
        by_match: False: not even that, but always by age.
        offset: so many are passed over.
        limit: at most so many.
    """

    sub_app_id: int
    file_ids: Sequence[str] = ()
    terms: Sequence[Sequence[str]] = ()
    names: Sequence[str] = ()
    prefixes: Sequence[str] = ()
    descriptions: Sequence[str] = ()
    text: str = ""
    created: Span = Span()
    expires: Span = Span()
    never_expires: bool = True
    publication: str = ""
    newest_first: bool = True
    by_match: bool = True
    offset: int = 0
    limit: int = 10


class Found(NamedTuple):
    """How many match, MOST at most, and the FileIds of the page."""

    total: int
    file_ids: list[str]


async def find(db: Database, search: Search, now: datetime) -> Found:
    """Searches; `now` decides which hours an expiry can be in."""
    statement = _Statement(search, now)
    row = await db.fetch_one(statement.sql(), statement.values)
    return Found(row["total"], row["file_ids"]) if row else Found(0, [])


class _Text(NamedTuple):
    """One text of a search: its number, how and in what it is looked for, and whether it is the only one."""

    number: int
    kind: str
    alone: bool

    @property
    def asked(self) -> str:
        """Its terms and its normal form, made once."""
        given = f"%(text{self.number})s"
        terms = f"search_prefix({given})" if self.kind == "p" else f"search_pattern('{self.kind}', {given})"
        return f"{terms} as terms{self.number}, search_text({given}) as text{self.number}"

    @property
    def field(self) -> str:
        """Where it is looked for."""
        return "description" if self.kind == "d" else "name"

    @property
    def is_there(self) -> str:
        """Whether it is in the field: terms of more than two letters do not know their order."""
        text, field = f"asked.text{self.number}", f"m.{self.field}"
        there = f"starts_with({field}, {text})" if self.kind == "p" else f"strpos({field}, {text}) > 0"
        return f"length({text}) <= 2 or {there}" if self.alone else there

    @property
    def share(self) -> str:
        """How much of the field it is."""
        return f"length(asked.text{self.number})::float8 / greatest(m.{self.field}_length, 1)"


def _rank(texts: Sequence[_Text]) -> str:
    """How well a video matches: how many texts are there, then how much of the field they are."""
    if len(texts) == 1:  # it is there
        return texts[0].share
    return " + ".join(f"case when {text.is_there} then 1 + {text.share} else 0 end" for text in texts) or "0"


class _Statement:
    """The SQL of a search; all that callers gave is in `values`."""

    def __init__(self, search: Search, now: datetime) -> None:
        self._search = search
        self.values: dict[str, Any] = {
            "app": search.sub_app_id, "files": list(search.file_ids), "most": MOST, "offset": search.offset,
            "limit": search.limit, "after": search.created.begin, "before": search.created.end,
            "expires_after": search.expires.begin, "expires_before": search.expires.end,
            "state": search.publication,
        }  # fmt: skip
        given = list(self._given())
        alone = sum(map(len, given)) == 1
        self._clauses = [list(self._texts(texts, alone)) for texts in given]
        self._terms = [*search.terms, *_expiry(search, now)]
        self.values |= {f"terms{number}": list(terms) for number, terms in enumerate(self._terms)}

    def _given(self) -> Iterator[list[tuple[str, str]]]:
        search = self._search
        for kind, texts in (("n", search.names), ("p", search.prefixes), ("d", search.descriptions)):
            if texts:
                yield [(kind, text) for text in texts]
        if search.text:
            yield [("n", search.text), ("d", search.text)]

    def _texts(self, given: list[tuple[str, str]], alone: bool) -> Iterator[_Text]:
        for kind, text in given:
            number = sum(name.startswith("text") for name in self.values)
            self.values[f"text{number}"] = text
            yield _Text(number, kind, alone)

    def sql(self) -> str:
        """The whole of it."""
        asked = [text.asked for clause in self._clauses for text in clause]
        ranked = [text for clause in self._clauses for text in clause if text.kind != "p" and self._search.by_match]
        way = "desc" if self._search.newest_first or ranked else "asc"
        found = f"m.file_id, m.created_at, {_rank(ranked)} as rank"
        return f"""
            with recursive asked as materialized (select {", ".join(asked) or "1"}),
            {self._found_by_block(found, way) if self._by_block else self._found(found, way)}
            select (select count(*) from found)::int as total,
                   array(select file_id from found order by rank desc, created_at {way}, file_id {way}
                         offset %(offset)s limit %(limit)s) as file_ids"""  # noqa: S608 - of constants

    @property
    def _by_block(self) -> bool:
        return bool(self._clauses or self._terms) and not self._search.file_ids

    def _found(self, found: str, way: str) -> str:
        """Those that are named, or all by their age."""
        source, conditions = "searchable m", [*self._conditions(), *self._published()]
        if self._search.file_ids:
            source = "(select * from searchable where file_id = any(%(files)s) offset 0) m"
            conditions += self._of_the_index(self._keys("m.number >> 13"))
        return f"""found as materialized (
            select {found} from asked, {source} where {" and ".join(conditions)}
             order by m.created_at {way} limit %(most)s)"""  # noqa: S608

    def _found_by_block(self, found: str, way: str) -> str:
        """Those that the index finds in one block after the other, if the block has any of that time."""
        keys = self._keys("block.number")
        made = ", ".join(["asked.*", *(f"{key} as {name}" for name, key in keys.items())])
        of_the_index = self._of_the_index({name: f"asked.{name}" for name in keys})
        next_one = "<" if way == "desc" else ">"
        return f"""
            block (number) as (
                (select number >> 13 from searchable where sub_app_id = %(app)s order by number >> 13 {way} limit 1)
                union all
                select (select number >> 13 from searchable
                         where sub_app_id = %(app)s and number >> 13 {next_one} block.number
                         order by number >> 13 {way} limit 1)
                  from block where block.number is not null),
            found as materialized (
                select m.* from (
                    select {made} from asked, block
                     where block.number is not null and {self._created_in_block} offset 0) asked
                 cross join lateral (
                    select {found} from (
                        select * from searchable m where {" and ".join(of_the_index)} offset 0) m
                     where {" and ".join(self._conditions())} order by m.number {way} offset 0) m
                 where {" and ".join(self._published()) or "true"} limit %(most)s)"""  # noqa: S608

    @property
    def _created_in_block(self) -> str:
        """Whether any of its videos was made in the time that is asked for."""
        asked = [f"{_BOUNDS[name]} %({name})s" for name in ("after", "before") if self.values[name] is not None]
        if not asked:
            return "true"
        return f"""(select true from searchable m where m.sub_app_id = %(app)s and m.number >> 13 = block.number
                       and {" and ".join(asked)} limit 1)"""  # noqa: S608

    def _keys(self, block: str) -> dict[str, str]:
        """By their names, lists of terms as the index has them in a block."""
        lists = {f"terms_of{number}": f"%(terms{number})s::text[]" for number in range(len(self._terms))}
        for text in (text for clause in self._clauses for text in clause):
            lists[f"letters_of{text.number}"] = f"asked.terms{text.number}"
        return {
            name: f"""(select array_agg(hashtextextended(%(app)s::bigint::text || ' ' || term, {block}))
                         from unnest({terms}) term)"""  # noqa: S608
            for name, terms in lists.items()
        }

    def _of_the_index(self, keys: dict[str, str]) -> list[str]:
        """What the index is asked for."""
        asked = [f"{_TERMS} && {keys[f'terms_of{number}']}" for number in range(len(self._terms))]
        for clause in self._clauses:
            each = [f"{_TERMS} @> {keys[f'letters_of{text.number}']}" for text in clause]
            asked.append(f"({' or '.join(each)})")
        return asked

    def _conditions(self) -> list[str]:
        """What a video must be, beside what the index knows exactly."""
        conditions = ["m.sub_app_id = %(app)s", "m.expires_at > now()"]
        for clause in self._clauses:
            conditions.append(f"({' or '.join(text.is_there for text in clause)})")
        for name, condition in _BOUNDS.items():
            if self.values[name] is not None:
                conditions.append(f"({condition} %({name})s)")
        return conditions

    def _published(self) -> Iterator[str]:
        """What its publication must be."""
        if self._search.publication == NONE:
            yield "not exists (select from publication p where p.file_id = m.file_id)"
        elif self._search.publication:
            yield "exists (select from publication p where p.file_id = m.file_id and p.state = %(state)s)"


def _expiry(search: Search, now: datetime) -> list[list[str]]:
    """The terms of a time of expiry, none when it is not asked for."""
    if search.expires == Span():
        return []
    begin, end = max(search.expires.begin or now, now - _SKEW), search.expires.end
    terms = (end and _hours(begin, end, begin > now)) or ["xsome"]
    return [[*terms, "xnever"] if search.never_expires else terms]


def _hours(begin: datetime, end: datetime, from_begin: bool) -> list[str]:
    """The terms of all hours in between, of the smallest size of which 32 suffice; none when they are too many.

    The sizes from 32² hours on are so large that most of what expires in the first or the last of them may do so
    outside, and each would be looked at. So the ends are terms of a size less; `from_begin` False: but for the first,
    before which next to nothing is.
    """
    first, last = (int(moment.astimezone(UTC).timestamp()) // 3600 for moment in (begin, end))
    for size in range(4):
        width = _WIDTH**size
        low, high = first // width, last // width
        if high - low <= _WIDTH and size <= 1:
            return _sized(size, low, high)
        if high - low <= _WIDTH:  # of the size before, 32 did not suffice: low and high are not the same
            less = width // _WIDTH
            lowest = _sized(size - 1, first // less, (low + 1) * _WIDTH - 1) if from_begin else _sized(size, low, low)
            return [*lowest, *_sized(size, low + 1, high - 1), *_sized(size - 1, high * _WIDTH, last // less)]
    return []


def _sized(size: int, low: int, high: int) -> list[str]:
    return [f"x{size}:{number}" for number in range(low, high + 1)]
