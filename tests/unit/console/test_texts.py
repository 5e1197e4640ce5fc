"""Every text of a page is there in both languages, and none is left over; assets are what they are said to be."""

import hashlib
import importlib
import re
from collections import Counter
from pathlib import Path

import pytest

import minivod.console
from minivod.console import choices, texts
from minivod.console.assets import Assets
from minivod.console.pages import events
from minivod.console.pages.media import STATES
from minivod.console.pages.review import QUEUES
from minivod.console.texts import TEXTS
from minivod.messages import CHINESE, ENGLISH
from minivod.processing.plan import SETS
from minivod.review.model import WIRE_TYPE_OF, WIRE_TYPES
from minivod.store import task_overview
from minivod.store.console_users import ROLES
from minivod.store.results import ADAPTIVE, TRANSCODE
from minivod.urls import FOLDERS
from minivod.wire.events import MEMBERS
from minivod.wire.tasks import TASK_TYPES

ROOT = Path(minivod.console.__file__).parent
VENDOR = ROOT / "static" / "vendor"
USED = re.compile(r"""["']((?:[a-z_]+)\.[A-Za-z_.]+)["']""")
PLACE = re.compile(r"\{(\w+)\}")
HAN = re.compile(r"[\u4e00-\u9fff]")
HALF = re.compile(r"[\u4e00-\u9fff][,.;:?!()]")
MADE = {
    *(f"type.{name}" for name in WIRE_TYPES),
    *(f"category.{name}" for name in WIRE_TYPE_OF),
    *(f"role.{name}" for name in ROLES),
    *(f"queue.{name}" for name in QUEUES),
    *(f"queue.empty.{name}" for name in QUEUES),
    *(f"word.{name}" for name in ("approve", "reject", "reset", "again")),
    *(f"apps.kind.{name}" for name in ("published", "signed", "open")),
    *(f"apps.kind.help.{name}" for name in ("published", "signed", "open")),
    *(f"apps.status.{name}" for name in ("On", "Off", "Destroying", "Destroyed")),
    *(key for key in TEXTS if key.startswith(("field.", "kind."))),
    *(f"ladder.{name}" for name in ("width", "height", "fps", "rate")),
    *(f"verdict.{name}" for name in ("valid", "refused", "mismatch", "unreadable")),
    *(f"events.state.{name}" for name in (*events.STATES, "QUEUED")),
    *(f"events.period.{name}" for name in events.PERIODS),
    *(f"policy.do.{name}" for name in ("reject", "pass")),
    *(f"policy.{name}" for name in ("review", "block", "extreme")),
    *(f"state.{name}" for name in STATES),
    *(f"video.withdraw.{more}{name}" for more in ("", "hint.") for name in ("PASS", "RUNNING")),
    *(f"group.{name}" for name in ("mp4", "hls", "flv", "sound", "larger", *list(choices.KINDS)[1:])),
    *(f"made.{name}" for name in FOLDERS if name not in (TRANSCODE, ADAPTIVE)),
    *(f"event.{name}" for name in MEMBERS),
    *(f"task.type.{name}" for name in TASK_TYPES.values()),
    *(f"tasks.{name or 'ALL'}" for name in task_overview.STATES),
    *(f"task.alone.{name}" for name in ("WAITING", "PROCESSING")),
    *(f"step.{kind}" for kind, _ in SETS.values()),
    *(f"task.state.{name}" for name in ("WAITING", "PROCESSING", "FINISH", "FAILED")),
    *(f"{key}.help" for key in TEXTS if f"{key}.help" in TEXTS),
    *(key for key in TEXTS if key.startswith(("said.", "told."))),
    *(f"refused.{name}" for name in ("overtaken", "unchanged")),
    *(f"opinion.{name}" for name in ("first", "mirrored", "denoised", "nsfwjs", "cells")),
}
"""Keys that are put together."""
NAMES = {"minivod", "console", "users", "add", "accounts", "create", "HLS", "Hz", "DescribeMediaInfos"}
"""Commands, units and names, which are the same in every language."""


def used() -> set[str]:
    sources = [*ROOT.rglob("*.html"), *(path for path in ROOT.rglob("*.py") if "texts" not in path.name)]
    return {key for path in sources for key in USED.findall(path.read_text(encoding="utf-8"))}


def test_every_key_has_its_texts_and_every_text_is_used() -> None:
    keys = used()
    prefixes = {key.partition(".")[0] for key in TEXTS}
    asked = {key for key in keys if key.partition(".")[0] in prefixes and not key.endswith((".html", "."))}
    assert asked - set(TEXTS) == set()
    assert set(TEXTS) >= MADE, MADE - set(TEXTS)
    assert set(TEXTS) - asked - MADE - {"word.by.approve", "word.by.reject"} == set()


def test_no_key_stands_in_two_modules() -> None:
    """The later one would be shown in place of the other."""
    modules = [importlib.import_module(f"minivod.console.{one.stem}") for one in ROOT.glob("texts_*.py")]
    made = [value for one in modules for value in vars(one).values() if isinstance(value, dict)]
    counted = Counter(key for table in [texts.GENERAL, *made] if table.keys() <= TEXTS.keys() for key in table)
    assert counted.keys() == TEXTS.keys()
    assert [key for key, number in counted.items() if number > 1] == []


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_are_complete(key: str) -> None:
    english, chinese = TEXTS[key]
    assert english.strip() and not HAN.search(english)
    assert HAN.search(chinese), chinese
    assert not HALF.search(chinese), f"{chinese}: punctuation after Chinese is Chinese too"
    assert set(PLACE.findall(english)) == set(PLACE.findall(chinese))
    values = dict.fromkeys(PLACE.findall(english), "<b>")
    for language in (ENGLISH, CHINESE):
        assert texts.in_language(language)(key, **values)


def test_no_english_is_written_into_a_template() -> None:
    for path in (ROOT / "templates").glob("*.html"):
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        left = set(re.findall(r"[A-Za-z]{2,}", text)) - NAMES
        assert not left, f"{path.name}: {left}"


def test_no_template_has_what_the_policy_forbids() -> None:
    for path in (ROOT / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|\|\s*safe|autoescape|https?://", text), path.name
        assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path.name
        assert all('method="post"' in tag or 'method="get"' in tag for tag in re.findall(r"<form[^>]*>", text))
        assert text.count('method="post"') == len(
            re.findall(r"<form[^>]*post[^>]*>\s*(?:\n\s*)?\{\{ token\(\) \}\}", text)
        )


def test_vendored_files_are_those_of_their_packages() -> None:
    lines = (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines()[1:]
    told = {name: digest for digest, name, _ in (line.split("  ", 2) for line in lines)}
    there = {path.name for path in VENDOR.iterdir()} - {"SHA256SUMS"}
    assert set(told) == there
    for name, digest in told.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


def test_an_asset_has_an_address_that_changes_with_it() -> None:
    assert re.fullmatch(r"/console/static/[0-9a-f]{16}/vendor/pico\.min\.css", Assets().url("vendor/pico.min.css"))
    with pytest.raises(KeyError):
        Assets().url("nothing.css")
