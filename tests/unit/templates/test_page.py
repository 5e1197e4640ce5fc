"""docs/templates.md is what the descriptions make."""

import re
from pathlib import Path

import pytest

from minivod.templates import page
from minivod.templates.kinds import KINDS
from minivod.templates.not_done import NOT_DONE

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(("name", "language"), [("templates.md", "en-US"), ("templates.zh-CN.md", "zh-CN")])
def test_the_page_is_that_of_the_descriptions(name: str, language: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == page.to_markdown(language), (
        f"run: minivod templates --markdown --language {language} > docs/{name}"
    )


def test_every_cell_has_its_chinese() -> None:
    """English words would stand out among names, numbers and values."""
    text = page.to_markdown("zh-CN").partition("## 字段\n")[2]
    cells = [cell.strip() for line in text.splitlines() if line.startswith("|") for cell in line.split("|")]
    plain = [cell for cell in cells if re.fullmatch(r"[\x20-\x7e]+", re.sub(r"`[^`]*`", "", cell))]
    assert cells and plain and set(plain) == {"---"}


def test_every_preset_field_and_refusal_is_in_it() -> None:
    text = page.to_markdown()
    for kind in KINDS:
        for definition in kind.presets:
            assert f"| {definition} |" in text
        section = text.partition(f"### {kind.name}\n")[2].partition("\n#")[0]
        assert all(f"| `{name}" in section for name in kind.settings.__struct_fields__), kind.name
    assert all(f"| `{entry.path}` |" in text for entry in NOT_DONE)
