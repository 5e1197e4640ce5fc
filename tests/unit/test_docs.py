"""What the documentation points to is there: other pages, their headings, and the tests it names as proof."""

import ast
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from minivod.actions import Action
from minivod.api.registry import discover

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md"), ROOT / "bench" / "README.md"])
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED_FILE = re.compile(r"`((?:tests|src|bench)/[\w/.]+)`")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page if not path else page.parent / path
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


@pages
def test_named_files_exist(page: Path) -> None:
    for name in NAMED_FILE.findall(page.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_every_page_is_found() -> None:
    """The other tests would pass if there were none."""
    assert {"review", "security", "architecture", "coverage"} <= {page.stem for page in PAGES}
    assert NAMED_FILE.search((ROOT / "docs" / "security.md").read_text(encoding="utf-8"))


async def test_the_guides_action_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of docs/architecture.md does what it says."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    source = page.partition("```python\n")[2].partition("```")[0]
    module: dict[str, Any] = {"__name__": "describe_nothing"}
    exec(compile(ast.parse(source), "describe_nothing.py", "exec"), module)
    action = module["ACTION"]
    assert isinstance(action, Action)

    async def find(database: str, sub_app_id: int, file_ids: list[str]) -> dict[str, object]:
        assert (database, sub_app_id) == ("database", 7)
        return {file_id: object() for file_id in file_ids if file_id == "1"}

    monkeypatch.setattr(module["media"], "find", find)
    call = SimpleNamespace(services=SimpleNamespace(database="database"), sub_app_id=7)
    request = msgspec.convert({"FileIds": ["1", "2", "3"]}, action.request)
    assert (await action.run(call, request)).TotalCount == 2  # type: ignore[arg-type]


def test_the_readme_names_every_action() -> None:
    """But for those of templates, of which it tells by kinds: it says that others are not built."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = [name for name in discover() if "Template" not in name]
    assert named and [name for name in named if f"`{name}`" not in readme] == []
