"""docs/templates.md is what the descriptions make."""

from pathlib import Path

from minivod.templates import page
from minivod.templates.kinds import KINDS
from minivod.templates.not_done import NOT_DONE

PAGE = Path(__file__).parents[3] / "docs" / "templates.md"


def test_the_page_is_that_of_the_descriptions() -> None:
    assert PAGE.read_text(encoding="utf-8") == page.to_markdown(), (
        "run: minivod templates --markdown > docs/templates.md"
    )


def test_every_preset_field_and_refusal_is_in_it() -> None:
    text = page.to_markdown()
    for kind in KINDS:
        for definition in kind.presets:
            assert f"| {definition} |" in text
        section = text.partition(f"### {kind.name}\n")[2].partition("\n#")[0]
        assert all(f"| `{name}" in section for name in kind.settings.__struct_fields__), kind.name
    assert all(f"| `{entry.path}` |" in text for entry in NOT_DONE)
