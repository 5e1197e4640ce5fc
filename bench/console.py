"""(m) The console: how long its pages take among a hundred thousand videos, each published, rejected or failed.

One API process with a PostgreSQL, as for (j); a user of the role admin asks for one page after the other. No worker
runs.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from bench import library, load
from bench.library import Figures
from bench.load import LoadFailed
from bench.processes import cpu_seconds, tree
from bench.report import Report, spread
from bench.stage import FIRST_FILE, HOST, Stage, open_stage
from minivod.console import identity, paths
from minivod.store import console_users, storage
from minivod.store.database import Database

TITLE = "(m) The console"
_AIM = 100.0
_USER = "bench"


@dataclass(frozen=True)
class Plan:
    """How many videos there are, and how many pages of each kind are asked for in each round; `first` is a FileId.

    The `few` that the stage begins with were not published.
    """

    rounds: int
    few: int
    videos: int
    calls: int
    warm_up: int
    first: int = FIRST_FILE


FULL = Plan(rounds=3, few=1000, videos=100_000, calls=100, warm_up=20)
QUICK = Plan(rounds=1, few=1000, videos=5_000, calls=5, warm_up=2)

PAGES: dict[str, Callable[[random.Random, int, Plan], str]] = {
    "overview": lambda *_: paths.HOME,
    "queue: to decide": lambda *_: paths.REVIEW,
    "queue: borderline": lambda *_: paths.with_query(paths.REVIEW, queue="borderline"),
    "a review": lambda chance, app, plan: paths.review(app, _file(chance, plan, 7)),
    "media": lambda *_: paths.MEDIA,
    "media: a part of the names": lambda *_: paths.with_query(paths.MEDIA, q="家庭"),
    "media: published": lambda *_: paths.with_query(paths.MEDIA, state="PASS"),
    "media: failed, by a part": lambda *_: paths.with_query(paths.MEDIA, state="FAILED", q="录像"),
    "a video": lambda chance, app, plan: paths.media(app, _file(chance, plan, chance.randrange(10))),
    "tasks": lambda *_: paths.TASKS,
    "a task": lambda chance, app, plan: paths.task(app, f"bench-{_file(chance, plan, 1)}"),
    "account": lambda *_: paths.ACCOUNT,
    "applications": lambda *_: paths.APPS,
    "an application": lambda _, app, __: paths.app(app),
    "keys": lambda *_: paths.KEYS,
    "events": lambda *_: paths.EVENTS,
    "templates": lambda *_: paths.TEMPLATES,
    "a ladder": lambda _, app, __: paths.template(app, "AdaptiveDynamicStreaming", 10),
    "signatures": lambda *_: paths.SIGNATURES,
}
"""Addresses by the kind of page, each time of another video where there is one."""


def _file(chance: random.Random, plan: Plan, ends: int) -> str:
    """A video whose number ends with that digit: the digit says how it fared."""
    return str(plan.first + chance.randrange(plan.few // 10, plan.videos // 10) * 10 + ends)


_FARED = """(array['PASS','PASS','PASS','PASS','PASS','PASS','PASS','REJECTED','FAILED','PASS'])[1 + n % 10]"""
_FILL = (
    f"""insert into task (task_id, sub_app_id, kind, status, file_id, result, progress,
                          created_at, begun_at, finished_at)
        select 'bench-' || n, m.sub_app_id, 'wechat-mini-program-publish', 'FINISH', m.file_id, {_FARED}, 100,
               m.created_at, m.created_at, m.created_at + interval '9 seconds'
          from (select *, file_id::bigint as n from media) m where m.file_id >= %(first)s""",
    f"""insert into publication (file_id, sub_app_id, task_id, definition, state, object_key, metadata, updated_at)
        select m.file_id, m.sub_app_id, 'bench-' || n, 0, {_FARED},
               case when n % 10 not in (7, 8) then 'published/' || n || '.mp4' end, metadata, m.created_at
          from (select *, file_id::bigint as n from media) m where m.file_id >= %(first)s
            on conflict do nothing""",
    """insert into review_record (task_id, sub_app_id, file_id, record, created_at)
       select 'bench-' || n, m.sub_app_id, m.file_id, jsonb_build_object(
                  'decision', case n % 10 when 7 then 'Rejected' else 'Pass' end, 'message', 'a word of the list',
                  'samples_seen', 60, 'samples_inspected', 31, 'seconds', '{}'::jsonb, 'covered',
                  '["Porn.Ocr", "Porn"]'::jsonb, 'uncovered', '{"Terrorism": "no detector"}'::jsonb,
                  'partly', '{}'::jsonb, 'evidence_prefix', '', 'definition', 0, 'digest', '', 'subject', '',
                  'second_looks', 0, 'heard', 0, 'summary', jsonb_build_array(jsonb_build_object(
                      'Type', 'Porn.Ocr', 'Confidence', 97.25, 'Suggestion', case n % 10 when 7 then 'block'
                      when 3 then 'review' else 'pass' end)),
                  'findings', case n % 10 when 7 then (select jsonb_agg(jsonb_build_object(
                      'category', 'Porn.Ocr', 'label', 'a word', 'confidence', 97.25, 'start', s, 'end', s + 1,
                      'detector', 'words', 'evidence', '', 'samples', 1, 'certainty', 'certain', 'disguise', '',
                      'opinions', '{}'::jsonb)) from generate_series(1, 20) s) else '[]' end), m.created_at
         from (select *, file_id::bigint as n from media) m where m.file_id >= %(first)s""",
)


def run(*, quick: bool) -> Report:
    """Measures and reports."""
    plan = QUICK if quick else FULL
    with open_stage(plan.few) as stage:
        fill(stage, plan)
        return report(measure(stage, plan), plan)


def fill(stage: Stage, plan: Plan) -> None:
    """Gives a stage the videos, and each a publication with a task and a review."""
    library.fill(stage, library.Plan(rounds=0, few=plan.few, many=plan.videos, calls=0, warm_up=0, first=plan.first))
    with psycopg.connect(stage.database_url, autocommit=True) as connection:
        for statement in _FILL:
            connection.execute(
                statement.replace("%", "%%").replace("%%(first)s", "%(first)s"), {"first": str(plan.first + plan.few)}
            )
        connection.execute("update media set metadata = %s where not metadata ? 'size'", [library.METADATA])
        asyncio.run(_add_up(stage.database_url))
        connection.execute("vacuum analyze")


async def _add_up(url: str) -> None:
    """What a worker does every few seconds."""
    db = await Database(url).open()
    try:
        await storage.add_up(db)
    finally:
        await db.close()


async def _sign_in(url: str, token: str) -> None:
    db = await Database(url).open()
    try:
        await console_users.add(db, _USER, "admin", "none")
        await console_users.open_session(db, _USER, "none", identity.token_hash(token), HOST, "bench")
    finally:
        await db.close()


def measure(stage: Stage, plan: Plan) -> dict[str, Figures]:
    """The figures by the kind of page."""
    token = identity.new_token()
    asyncio.run(_sign_in(stage.database_url, token))
    with psycopg.connect(stage.database_url) as connection:
        [[app]] = connection.execute("select distinct sub_app_id from media").fetchall()
    chance, found = random.Random(1), dict[str, Figures]()
    for kind, page in PAGES.items():
        _send(stage, [_request(token, page(chance, app, plan)) for _ in range(plan.warm_up)], Figures())
        found[kind] = Figures()
    for _ in range(plan.rounds):
        for kind, page in PAGES.items():
            _send(stage, [_request(token, page(chance, app, plan)) for _ in range(plan.calls)], found[kind])
    return found


def _request(token: str, path: str) -> bytes:
    head = {"Host": HOST, "Cookie": f"{identity.SESSION}={token}", "Accept-Language": "zh-CN", "Accept": "text/html"}
    return "".join(
        [f"GET {path} HTTP/1.1\r\n", *(f"{name}: {value}\r\n" for name, value in head.items()), "\r\n"]
    ).encode()


def _send(stage: Stage, requests: list[bytes], figures: Figures) -> None:
    """One after the other; a page that is another one must not count."""
    before = cpu_seconds(tree(stage.database_pid))
    measured = load.send(HOST, stage.api, requests, 1)
    figures.add(measured, cpu_seconds(tree(stage.database_pid)) - before)
    if wrong := [answer for answer in measured.answers if b"</html>" not in answer or b'name="password"' in answer]:
        raise LoadFailed(f"this is not the page: {wrong[0][:500].decode(errors='replace')}")


def report(found: dict[str, Figures], plan: Plan) -> Report:
    """The table, and how much was asked for."""
    made = Report(TITLE, ["page", "p50 ms", "p95 ms", "database's cpu ms", "aim"])
    for kind, figures in found.items():
        made.add(
            kind, spread(figures.p50, ".1f"), spread(figures.p95, ".1f"), spread(figures.database, ".1f"),
            f"p95 ≤ {_AIM:.0f} ms",
        )  # fmt: skip
    made.notes.append(
        f"Median of {plan.rounds} rounds (least to most), {plan.calls} pages of each kind in each, one after "
        f"the other, among {plan.videos} videos."
    )
    return made
