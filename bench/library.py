"""(j) The library: searches among a million videos, and what publishing and describing cost there and among a thousand.

Two API processes, each with a PostgreSQL of its own, take turns. One has a thousand videos, the other a million of the
same application: names in Chinese with numbers, tags, classes, times of creation over a year, some that expire. All
are sent one after the other. No worker runs.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psycopg

from bench import load
from bench.load import LoadFailed
from bench.processes import cpu_seconds, tree
from bench.report import Report, spread
from bench.stage import FIRST_FILE, HOST, Stage, open_stage

TITLE = "(j) The library"
_SEARCH_AIM = 50.0
_RATIO_AIM = 1.1
_BATCH = 100_000
FEW, MANY = "few", "many"


@dataclass(frozen=True)
class Plan:
    """How much there is and how much is sent: `calls` of each kind in each round; `first` is the first FileId.

    Of the `few` that all stages begin with, each is published once, on one of them.
    """

    rounds: int
    few: int
    many: int
    calls: int
    warm_up: int
    first: int = FIRST_FILE


FULL = Plan(rounds=3, few=1000, many=1_000_000, calls=80, warm_up=100)
QUICK = Plan(rounds=1, few=100, many=20_000, calls=10, warm_up=10)


@dataclass
class Figures:
    """Of one kind of request, a value for each round: milliseconds, and those of the database's processor time."""

    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def add(self, measured: load.Load, database: float) -> None:
        """Takes in a round."""
        self.p50.append(measured.percentile(0.50))
        self.p95.append(measured.percentile(0.95))
        self.p99.append(measured.percentile(0.99))
        self.database.append(database * 1000 / len(measured.latencies))


_SUBJECTS = ("家庭", "旅行", "会议", "课程", "比赛", "音乐", "新闻", "动画")
_KINDS = ("录像", "片段", "合集", "直播", "回放")
SEARCHES: dict[str, Callable[[random.Random], dict[str, object]]] = {
    "all": lambda _: {},
    "all, the last page": lambda _: {"Offset": 4990},
    "a part of few names": lambda chance: {"Names": [f"{chance.choice(_KINDS)} {chance.randrange(10_000)} "]},
    "a part of an eighth of the names": lambda chance: {"Names": [chance.choice(_SUBJECTS)]},
    "one character": lambda chance: {"Names": [chance.choice("家旅会课比音新动录片")]},
    "three texts": lambda chance: {"Names": [*chance.sample(_SUBJECTS, 2), f"{chance.choice(_KINDS)} 12"]},
    "a part of no name": lambda chance: {"Names": [chance.choice(["不存在", "zebra", "录像家庭"])]},
    "a beginning": lambda chance: {"NamePrefixes": [f"{chance.choice(_SUBJECTS)}片段 {chance.randrange(1000)}"]},
    "a tag of a thousandth": lambda chance: {"Tags": [f"tag {chance.randrange(1000)}"]},
    "a tag of a half": lambda _: {"Tags": ["公开"]},
    "a class": lambda chance: {"ClassIds": [chance.randrange(1, 51)]},
    "a day": lambda chance: {"CreateTime": _days(chance, 1)},
    "a month, tag and text": lambda chance: {
        "CreateTime": _days(chance, 30), "Tags": ["公开"], "Names": [chance.choice(_KINDS)],
    },
    "what expires in a week": lambda chance: {"ExpireTime": _week_of_2099(chance)},
    "type, category, status": lambda _: {"MediaTypes": ["mp4"], "Categories": ["Video"], "Status": ["Normal"]},
}  # fmt: skip
"""Searches by what they are for, each time other ones."""


def _week_of_2099(chance: random.Random) -> dict[str, str]:
    month = f"2099-{chance.randrange(1, 12):02}"
    return {"After": f"{month}-01T00:00:00Z", "Before": f"{month}-08T00:00:00Z"}


def _days(chance: random.Random, number: int) -> dict[str, str]:
    month, day = chance.randrange(1, 12), chance.randrange(1, 28)
    return {
        "After": f"2025-{month:02}-{day:02}T00:00:00Z",
        "Before": f"2025-{month + number // 30:02}-{day + number % 30:02}T00:00:00Z",
    }


_FILL = """
insert into media (file_id, sub_app_id, directory, name, media_type, object_key, metadata, created_at, expires_at,
                   class_id, class_path, tags)
select n::text, %(app)s, md5(n::text), (%(subjects)s::text[])[1 + n %% 8] || (%(kinds)s::text[])[1 + n %% 5] || ' '
       || n %% 1000000 || ' ' || (array['', 'HD', '第' || n %% 30 || '集'])[1 + n %% 3], 'mp4', 'media/' || n || '.mp4',
       %(metadata)s::jsonb, timestamptz '2025-01-01' + interval '365 days' * ((n - %(first)s)::float8 / %(all)s),
       case when n %% 20 = 0 then timestamptz '2099-01-01' + interval '1 minute' * (n %% 500000) end,
       n %% 51, case when n %% 51 = 0 then '{}' else array[n %% 51] end,
       array['tag ' || n %% 1000, (array['公开', '内部'])[1 + n %% 2]]
  from generate_series(%(begin)s::bigint, %(end)s::bigint) n
"""
METADATA = """{"container": "mp4", "size": 1234567, "duration": 60.0, "bitrate": 1205959, "width": 1280, "height": 720,
 "rotate": 0, "md5": "d41d8cd98f00b204e9800998ecf8427e", "audio_duration": 60.0, "video_duration": 60.0,
 "faststart": true, "audio": [{"codec": "aac", "bitrate": 128000, "sampling_rate": 44100, "channels": 2}],
 "video": [{"codec": "h264", "codec_tag": "avc1", "bitrate": 1000000, "width": 1280, "height": 720, "fps": 25.0,
            "dynamic_range": "SDR"}]}"""


def run(*, quick: bool) -> Report:
    """Measures and reports."""
    plan = QUICK if quick else FULL
    with open_stage(plan.few) as few, open_stage(plan.few) as many:
        fill(many, plan)
        return report(measure(few, many, plan), plan)


def fill(stage: Stage, plan: Plan) -> None:
    """Gives a stage as many videos as the plan says; an index is made faster at once than row by row."""
    with psycopg.connect(stage.database_url, autocommit=True) as connection:
        [[app]] = connection.execute("select distinct sub_app_id from media").fetchall()
        [[index]] = connection.execute(
            "select indexdef from pg_indexes where indexname = 'searchable_terms'"
        ).fetchall()
        connection.execute(
            """insert into media_class (sub_app_id, class_id, parent_id, path, name)
               select %s, n, -1, array[n], 'class ' || n from generate_series(1, 50) n on conflict do nothing""",
            [app],
        )
        connection.execute("drop index searchable_terms")
        first, last = plan.first + plan.few, plan.first + plan.many - 1
        for begin in range(first, last + 1, _BATCH):
            values = {
                "app": app, "first": first, "all": plan.many, "begin": begin, "end": min(begin + _BATCH - 1, last),
                "subjects": list(_SUBJECTS), "kinds": list(_KINDS), "metadata": METADATA,
            }  # fmt: skip
            connection.execute(_FILL, values)
        connection.execute("set maintenance_work_mem = '256MB'")
        connection.execute(index)
        connection.execute("vacuum analyze")


def measure(few: Stage, many: Stage, plan: Plan) -> dict[tuple[str, str], Figures]:
    """The figures by request and by stage, FEW or MANY."""
    found: dict[tuple[str, str], Figures] = {}
    chance = random.Random(1)
    files = iter(range(plan.first, plan.first + plan.few))
    stages = {FEW: few, MANY: many}
    for stage in stages.values():
        with psycopg.connect(stage.database_url, autocommit=True) as connection:
            connection.execute(
                "update media set metadata = %s where file_id < %s", [METADATA, str(plan.first + plan.few)]
            )
        _send(stage, _publications(stage, files, plan.warm_up), Figures())
        _send(stage, _descriptions(stage, chance, plan, plan.warm_up), Figures())
        stage.take_stock()
    for kind in SEARCHES:
        _send(many, _searches(many, kind, chance, plan.warm_up // 10), Figures())
    for _ in range(plan.rounds):
        for name, stage in stages.items():
            publications = _publications(stage, files, plan.calls)
            _send(stage, publications, found.setdefault(("publish", name), Figures()))
            descriptions = _descriptions(stage, chance, plan, plan.calls)
            _send(stage, descriptions, found.setdefault(("describe 20", name), Figures()))
        for kind in SEARCHES:
            _send(many, _searches(many, kind, chance, plan.calls), found.setdefault((kind, MANY), Figures()))
    return found


def _publications(stage: Stage, files: Iterator[int], number: int) -> list[bytes]:
    return [stage.signer.request("WeChatMiniProgramPublish", {"FileId": str(next(files))}) for _ in range(number)]


def _descriptions(stage: Stage, chance: random.Random, plan: Plan, number: int) -> list[bytes]:
    known = range(plan.first, plan.first + plan.few)
    asked = [[str(file_id) for file_id in chance.sample(known, 20)] for _ in range(number)]
    return [stage.signer.request("DescribeMediaInfos", {"FileIds": file_ids}) for file_ids in asked]


def _searches(stage: Stage, kind: str, chance: random.Random, number: int) -> list[bytes]:
    return [stage.signer.request("SearchMedia", SEARCHES[kind](chance)) for _ in range(number)]


def _send(stage: Stage, requests: list[bytes], figures: Figures) -> None:
    """One after the other; a refused request must not count as a fast one."""
    before = cpu_seconds(tree(stage.database_pid))
    measured = load.send(HOST, stage.api, requests, 1)
    figures.add(measured, cpu_seconds(tree(stage.database_pid)) - before)
    if refused := [answer for answer in measured.answers if b'"Error"' in answer]:
        raise LoadFailed(f"the server refused a request: {refused[0].decode()}")


def report(found: dict[tuple[str, str], Figures], plan: Plan) -> Report:
    """The table, and how much was sent."""
    made = Report(TITLE, ["request", "videos", "p50 ms", "p99 ms", "database's cpu ms", "times few", "aim"])
    for (request, name), figures in found.items():
        times = aim = ""
        if request in SEARCHES:
            aim = f"p99 ≤ {_SEARCH_AIM:.0f} ms"
        elif name == MANY:
            pairs = zip(figures.p50, found[request, FEW].p50, strict=True)
            times, aim = spread([many / few for many, few in pairs], ".2f"), f"≤ {_RATIO_AIM} times"
        made.add(
            request if request not in SEARCHES else f"search: {request}",
            str(plan.few if name == FEW else plan.many),
            spread(figures.p50, ".1f"),
            spread(figures.p99, ".1f"),
            spread(figures.database, ".1f"),
            times,
            aim,
        )
    made.notes.append(
        f"Median of {plan.rounds} rounds (least to most), {plan.calls} requests of each kind in each, one after the "
        "other; stages take turns. `times few` compares the p50 of a round."
    )
    return made
