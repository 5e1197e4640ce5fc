"""`minivod review` and `minivod policy` as they are typed, on a database that a server may be using."""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from typer.testing import CliRunner, Result

from minivod.cli import app, review_again
from minivod.store import review_list
from minivod.store.review_list import Query
from minivod.store.tasks import Task

from ..playback.stage import Stage, Video, open_stage

T = TypeVar("T")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ESCAPES = "\x1b[31m<b>[bold]x"


class Place:
    """A database and an object store, for commands and for what is done before and after them."""

    def __init__(self, database_url: str, root: Path) -> None:
        self.url, self.root = database_url, root
        self.videos: dict[str, Video] = {}

    def with_stage(self, work: Callable[[Stage], Coroutine[Any, Any, T]]) -> T:
        async def run() -> T:
            async with open_stage(self.url, self.root / "objects") as stage:
                return await work(stage)

        return asyncio.run(run())

    def run(self, *arguments: str, code: int = 0) -> Result:
        settings = [
            "--database-url", self.url, "--storage-url", (self.root / "objects").as_uri(),
            "--data-dir", str(self.root / "data"),
        ]  # fmt: skip
        done = CliRunner().invoke(app, [*arguments, *settings], env={"USER": "ann", "LOGNAME": "ann"})
        assert done.exit_code == code, (done.output, done.stderr)
        return done


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Place:
    made = Place(database_url, tmp_path)

    async def fill(stage: Stage) -> None:
        for state in ("PASS", "REJECTED", "FAILED"):
            made.videos[state] = await stage.video(state, name=ESCAPES)

    made.with_stage(fill)
    return made


def test_a_rejected_video_is_found_looked_at_and_approved(place: Place, tmp_path: Path) -> None:
    listed = json.loads(place.run("review", "list", "--decision", "rejected", "--json").stdout)
    [item] = listed["Reviews"]
    video = place.videos["REJECTED"]
    assert (item["file_id"], item["state"], item["word"]) == (video.file_id, "REJECTED", None)
    text = place.run("review", "show", video.file_id).stdout
    assert "Message: Rejected: it is like that" in text and "Porn: block (confidence 50)" in text
    assert "Kept:" in text and "\x1b" not in text and "\\u001b[31m<b>[bold]x" in text
    assert place.run("review", "approve", video.file_id, "--reason", "fine").stdout == "approved; it is published\n"
    again = place.run("review", "approve", item["task_id"], "--reason", "fine").stdout
    assert again == "unchanged: approve by ann\n"
    shown = json.loads(place.run("review", "show", item["task_id"], "--json").stdout)
    assert (shown["State"], shown["Word"], shown["History"][0]["By"]) == ("PASS", "approve", "ann")
    page = tmp_path / "report.html"
    place.run("review", "show", video.file_id, "--html", str(page))
    assert "approve" in page.read_text(encoding="utf-8") and page.stat().st_mode & 0o777 == 0o600

    async def get(stage: Stage) -> int:
        return (await stage.get(video.url)).status

    assert place.with_stage(get) == 200
    said = place.run("review", "reject", video.file_id, "--reason", "not so fine", "--by", "bob", "--type", "Porn")
    assert said.stdout == "rejected; it is withdrawn\n"
    assert place.with_stage(get) == 404
    assert "publication is REJECTED" in place.run("review", "reset", video.file_id, "--reason", "again").stdout
    words = json.loads(place.run("review", "show", video.file_id, "--json").stdout)["History"]
    assert [(one["Word"], one["By"]) for one in words] == [("approve", "ann"), ("reject", "bob"), ("reset", "ann")]


def test_urls_of_an_object_store_end_with_the_objects(place: Place) -> None:
    """What was handed out for a file leads nowhere once the file is gone."""
    video = place.videos["PASS"]
    place.run("review", "reject", video.file_id, "--reason", "no", "--file-delivery", "redirect")

    async def left(stage: Stage) -> list[str]:
        return [entry.key async for entry in stage.objects.entries(f"published/{video.file_id}")]

    assert place.with_stage(left) == []
    said = place.run("review", "approve", video.file_id, "--reason", "yes").stdout
    assert said.startswith("approved; a task publishes it")


def test_pages_and_filters(place: Place) -> None:
    seen: list[str] = []
    after: list[str] = []
    while True:
        text = place.run("review", "list", "--limit", "1", *after).stdout
        seen += re.findall(r"\d{16,19}", text)
        found = re.search(r"--after (\S+)", text)
        if found is None:
            break
        after = ["--after", found[1]]
    assert sorted(seen) == sorted(video.file_id for video in place.videos.values())
    assert "\x1b" not in text

    def number(*options: str) -> int:
        return len(json.loads(place.run("review", "list", "--json", *options).stdout)["Reviews"])

    assert [number("--decision", one) for one in ("pass", "rejected", "failed", "running")] == [1, 1, 1, 0]
    assert [number("--since", one) for one in ("1h", "2020-01-01", "2099-01-01T00:00:00Z")] == [3, 3, 0]
    assert number("--sub-app", str(place.videos["PASS"].app_id)) == 3
    assert [number("--borderline"), number("--by-operator")] == [0, 0]
    place.run("review", "reject", place.videos["PASS"].file_id, "--reason", "no")
    assert number("--by-operator") == 1

    async def borderline(stage: Stage) -> int:
        await stage.db.execute(
            """update review_record set record = jsonb_set(record, '{summary,0,Suggestion}', '"review"')
                where file_id = %s""",
            [place.videos["PASS"].file_id],
        )
        return len((await review_list.find_page(stage.db, Query(borderline=True))).items)

    assert place.with_stage(borderline) == 1


WRONG: list[tuple[tuple[str, ...], int, str]] = [
    (("approve", "5285485487985271487", "--reason", "x"), 1, "there is no video or publish task"),
    (("approve", "FAILED", "--reason", "x"), 1, "failed for a technical reason"),
    (("approve", "REJECTED", "--reason", " "), 1, "the reason must be one line"),
    (("reject", "PASS", "--reason", "x", "--type", "Cats"), 1, "there is no type 'Cats'"),
    (("reject", "PASS", "--reason", "x", "--sub-app", "7"), 1, "in application 7"),
    (("list", "--sub-app", "7"), 2, "there is no application 7"),
    (("list", "--sub-app", "0"), 2, "there is no application 0"),
    (("again", "--since", "1h", "--sub-app", "7"), 2, "there is no application 7"),
    (("list", "--since", "yesterday"), 2, "'yesterday' is no time"),
    (("list", "--after", "x"), 2, "as its next page, not 'x'"),
    (("show", "PASS", "--open"), 2, "give both"),
    (("show", "PASS", "--html", "/nowhere/x.html"), 1, "cannot be written"),
    (("show", "\x1b]0;x"), 1, "'\\u001b]0;x'"),
]


def test_what_is_wrong_is_told(place: Place) -> None:
    known = {state: video.file_id for state, video in place.videos.items()}
    for arguments, code, says in WRONG:
        done = place.run("review", *(known.get(one, one) for one in arguments), code=code)
        assert says in done.stderr, arguments


def test_a_policy_is_set_shown_and_taken_back(place: Place, tmp_path: Path) -> None:
    def policy(*arguments: str, code: int = 0) -> Result:
        return place.run("policy", *arguments, code=code)

    def own() -> dict[str, Any] | None:
        found: dict[str, Any] | None = json.loads(policy("show", "--json").stdout)["Own"]
        return found

    assert own() is None
    assert "changed" in policy("set", "--threshold", "Porn=70,85,99", "--on-review", "pass", "--reason", "why").stdout
    assert "as it was" in policy("set", "--threshold", "Porn=70,85,99").stdout
    policy("set", "--category", "Porn", "--category", "Porn.Ocr", "--on-uncovered", "reject", "--by", "bob")
    whole = {
        "thresholds": {"Porn": [70.0, 85.0, 99.0]}, "on_review": "pass", "on_uncovered": "reject",
        "categories": ["Porn", "Porn.Ocr"],
    }  # fmt: skip
    assert own() == whole
    text = policy("show").stdout
    assert re.search(r"Porn +│ 70 +│ 85 +│ 99 +│ application", text) and "not looked for" in text
    for flag in ("--on-review", "--on-uncovered"):
        assert f"{flag} 'maybe' must be reject or pass" in policy("set", flag, "maybe", code=2).stderr
    policy("set", "--threshold", "Porn=", "--all-categories")
    assert own() == {"on_review": "pass", "on_uncovered": "reject"}
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(whole), encoding="utf-8")
    policy("set", "--file", str(file))
    assert own() == whole
    assert "changed" in policy("reset").stdout and own() is None
    history = policy("show", "--history").stdout.splitlines()
    assert [line.split()[2] for line in history] == ["ann", "bob", "ann", "ann", "ann"]
    assert history[0].endswith("why") and "that of the settings" in history[-1]
    for arguments, says in (
        (["--threshold", "Cats=1,2,3"], "'Cats'"),
        (["--threshold", "Porn=1,2"], "three numbers"),
        (["--threshold", "Porn=1,2,inf"], "for 'Porn': the numbers must be finite, not [1.0, 2.0, inf]"),
        (["--threshold", "Porn=1,2,3", "--threshold", "Porn=4,5,6"], "given twice for 'Porn'"),
        (["--threshold", "Porn=a"], "such as Porn=60,80,97"),
        (["--threshold", "Porn"], "such as Porn=60,80,97"),
        (["--on-review", "perhaps"], "'perhaps'"),
        (["--category", "Cats"], "'Cats'"),
        (["--category", "Porn", "--all-categories"], "contradict"),
        (["--on-review", "pass", "--reason", "two\nlines"], "one line"),
        (["--on-review", "pass", "--sub-app", "7"], "there is no application 7"),
        (["--on-review", "pass", "--sub-app", "0"], "there is no application 0"),
        (["--file", "/nowhere"], "cannot be read"),
        ([], "nothing to set"),
    ):
        code = 1 if says == "cannot be read" else 2
        assert says in policy("set", *arguments, code=code).stderr, arguments
    assert own() is None


def test_reviews_anew_wait_for_a_worker(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_again, "_PATIENCE", 0.0)
    done = place.run("review", "again", "--since", "1h", "--dry-run", code=1)
    assert "1 videos are to be reviewed" in done.stderr and "they wait for one" not in done.stdout
    assert "the reviews wait for one" in done.stderr
    done = place.run("review", "again", "--since", "1h", "--no-wait")
    assert (done.stdout, done.stderr) == ("", "1 videos are to be reviewed\n")
    nothing = json.loads(place.run("review", "again", "--since", "2099-01-01", "--json").stdout)
    assert nothing == {"DryRun": False, "Reviews": []}
    assert place.run("review", "again", "--since", "1h", "--reason", " ", code=2).stderr.count("printable") == 1


def test_what_reviews_anew_came_to(capsys: pytest.CaptureFixture[str]) -> None:
    def task(number: int, change: str) -> Task:
        output = {"change": change, "decision": "Rejected", "message": f"{ESCAPES} {change}"}
        return Task(
            task_id=str(number), sub_app_id=7, kind="review-again", status="FINISH", file_id=f"file{number}",
            definition=0, err_code=0, err_code_ext="", message="", result="Rejected", attempt=1, progress=1,
            created_at=LONG_AGO, begun_at=LONG_AGO, finished_at=LONG_AGO, output=output,
        )  # fmt: skip

    made = [task(number, change) for number, change in enumerate(["none", "reject", "stays", "failed"])]
    review_again._tell(made, as_json=False, dry_run=True)
    text = capsys.readouterr().out
    assert "file0" not in text and "file1" in text and "a person approved it" in text
    assert text.endswith("1 of 4 would be withdrawn\n") and "\x1b" not in text
    review_again._tell(made, as_json=True, dry_run=False)
    told = json.loads(capsys.readouterr().out)["Reviews"]
    assert [row["Change"] for row in told] == ["none", "reject", "stays", "failed"]
