"""Searches the videos of an application: what is asked becomes one statement that reads as little as it can.

The index `media_search` knows a video by terms: letters and pairs of letters of its name (`n`) and description (`d`),
beginnings of its name (`p`), tags (`t`), classes (`c`), type (`m`), region (`r`), category (`k`), status (`s`), review
(`v`), hours of its creation (`a`) and expiry (`x`). Terms are asked of one block of videos after the other, in the
order of creation, until MOST were found; so a search costs what it finds and not what there is (migration 0012).
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
_TERMS = """media_terms(number, sub_app_id, name, description, tags, class_path, media_type, storage_region, metadata,
                        forbidden, review, created_at, expires_at)"""
_BLOCK = "number >> 13"
_BOUNDS = {
    "after": "m.created_at >=", "before": "m.created_at <",
    "expires_after": "m.expires_at is null or m.expires_at >=",  # whether null may be, the terms have said
    "expires_before": "m.expires_at is null or m.expires_at <",
}  # fmt: skip
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
        text = f"asked.text{self.number}"
        field = f"search_text(m.{self.field})" if self.alone else f"folded.the_{self.field}"
        there = f"starts_with({field}, {text})" if self.kind == "p" else f"strpos({field}, {text}) > 0"
        return f"length({text}) <= 2 or {there}" if self.alone else there

    @property
    def share(self) -> str:
        """How much of the field it is."""
        return f"length(asked.text{self.number})::float8 / greatest(length(m.{self.field}), 1)"


def _rank(texts: Sequence[_Text]) -> str:
    """How well a video matches: how many texts are there, then how much of the field they are."""
    if len(texts) == 1:  # it is there
        return texts[0].share
    return " + ".join(f"case when {text.is_there} then 1 + {text.share} else 0 end" for text in texts) or "0"


_FOLDED = """
cross join lateral (
    select search_text(m.name) as the_name, search_text(m.description) as the_description offset 0) folded"""


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
        created = _hours("a", search.created.begin, search.created.end or now + _SKEW)
        if created and (self._terms or self._clauses):
            self._terms.append(created)
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
        return f"""
            with asked as materialized (select {", ".join(asked) or "1"}),
            found as materialized (
                select m.file_id, m.created_at, {_rank(ranked)} as rank
                  {self._source(way)} {_FOLDED if sum(map(len, self._clauses)) > 1 else ""}
                 where m.sub_app_id = %(app)s and {" and ".join(self._conditions())}
                 {"" if self._by_block else f"order by m.created_at {way}"} limit %(most)s)
            select (select count(*) from found)::int as total,
                   array(select file_id from found order by rank desc, created_at {way}, file_id {way}
                         offset %(offset)s limit %(limit)s) as file_ids"""  # noqa: S608 - of constants

    @property
    def _by_block(self) -> bool:
        return bool(self._clauses or self._terms) and not self._search.file_ids

    def _source(self, way: str) -> str:
        """Where videos come from: those that are named, those that the index finds, or all by their age."""
        if self._search.file_ids:
            return "from asked, (select * from media where file_id = any(%(files)s) offset 0) m"
        if not self._by_block:
            return "from media m"
        last, first, step = ("last", "first", -1) if way == "desc" else ("first", "last", 1)
        return f"""from asked,
            (select min(number) >> 13 as first, max(number) >> 13 as last from media where sub_app_id = %(app)s) span,
            generate_series(span.{last}, span.{first}, {step}) as block (block)
            cross join lateral (
                select file_id, sub_app_id, name, description, created_at, expires_at from media
                 where {" and ".join(self._index("block.block"))} order by number {way} offset 0) m"""  # noqa: S608

    def _index(self, block: str) -> Iterator[str]:
        """What the index is asked for of a block."""
        for number in range(len(self._terms)):
            yield f"{_TERMS} && search_keys({block}, %(app)s, %(terms{number})s)"
        for clause in self._clauses:
            each = [f"{_TERMS} @> search_keys({block}, %(app)s, asked.terms{text.number})" for text in clause]
            yield f"({' or '.join(each)})"

    def _conditions(self) -> Iterator[str]:
        """What a video must be, beside what the index knows exactly."""
        yield "(m.expires_at is null or m.expires_at > now())"
        if self._search.file_ids:
            yield from self._index(_BLOCK)
        for clause in self._clauses:
            yield f"({' or '.join(text.is_there for text in clause)})"
        if self._search.publication == NONE:
            yield "not exists (select from publication p where p.file_id = m.file_id)"
        elif self._search.publication:
            yield "exists (select from publication p where p.file_id = m.file_id and p.state = %(state)s)"
        for name, condition in _BOUNDS.items():
            if self.values[name] is not None:
                yield f"({condition} %({name})s)"


def _expiry(search: Search, now: datetime) -> list[list[str]]:
    """The terms of a time of expiry, none when it is not asked for."""
    if search.expires == Span():
        return []
    begin = max(search.expires.begin or now, now - _SKEW)
    terms = _hours("x", begin, search.expires.end) or ["xsome"]
    return [[*terms, "xnever"] if search.never_expires else terms]


def _hours(kind: str, begin: datetime | None, end: datetime | None) -> list[str]:
    """The terms of all hours in between, of the smallest size of which 32 suffice; none when they are too many."""
    if begin is None or end is None:
        return []
    first, last = (int(moment.astimezone(UTC).timestamp()) // 3600 for moment in (begin, end))
    for size in range(4):
        low, high = first // _WIDTH**size, last // _WIDTH**size
        if high - low <= _WIDTH:
            return [f"{kind}{size}:{number}" for number in range(low, high + 1)]
    return []
