"""The guides in Chinese say what the English ones say: the same parts, code, values, links and rows, in their order."""

import re
from itertools import zip_longest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
CHINESE = sorted(DOCS.glob("*.zh-CN.md"))
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"[ \t]+(?:#|//) .*$|^(?:#|//) .*$", re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED = re.compile(r"\[([\w.-]+\.md)\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)
BORDER = re.compile(r"(?<!\\)[|]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]")

guides = pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.name.partition(".")[0])


def english(page: Path) -> Path:
    return page.with_name(page.name.replace(".zh-CN", ""))


def pair(page: Path) -> tuple[str, str]:
    """The English text and the Chinese one."""
    return english(page).read_text(encoding="utf-8"), page.read_text(encoding="utf-8")


def prose(text: str) -> str:
    """Without blocks of code."""
    return FENCED.sub("", text)


def headings(text: str) -> list[tuple[str, str]]:
    """Level, and the name by which links reach it."""
    found = HEADING.findall(prose(text))
    return [(marks, re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")) for marks, words in found]


def shape(text: str) -> list[str]:
    """What there is: headings with their level, rows with their number of cells, items, paragraphs."""
    kinds: list[str] = []
    within = False  # a paragraph or an item, which lines may go on
    for line in prose(text).splitlines():
        if line.startswith("|"):
            kinds.append(f"row of {len(BORDER.findall(CODE.sub('', line))) - 1}")
        elif mark := re.match(r"#+ |- |\d+\. ", line):
            kinds.append(mark[0].strip())
        elif line.strip() and not within:
            kinds.append("paragraph")
        within = bool(line.strip()) and not line.startswith(("|", "#"))
    return kinds


def place(page: Path, link: str) -> str:
    """Where a link leads, whatever the language: the page, and which of its headings."""
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    names = [name for _, name in headings(target.read_text(encoding="utf-8"))] if anchor else []
    return f"{target.name.replace('.zh-CN', '')}{f' heading {names.index(anchor)}' if anchor else ''}"


def places(page: Path, other: Path) -> list[str]:
    """Where all links of a page lead, but for that to the other language."""
    links = [link for link in LINK.findall(prose(page.read_text(encoding="utf-8"))) if link != other.name]
    return sorted(link if "://" in link else place(page, link) for link in links)


def test_there_are_some() -> None:
    assert len(CHINESE) > 5
    assert HALF_WIDTH.search("\u4e2d,") and not HALF_WIDTH.search("\u4e2d\uff0ca, b")


@guides
def test_they_name_each_other(page: Path) -> None:
    original, translated = pair(page)
    assert original.splitlines()[2] == f"[\u4e2d\u6587]({page.name})"
    assert translated.splitlines()[2] == f"[English]({english(page).name})"


@guides
def test_it_has_the_same_parts(page: Path) -> None:
    told = [f"{number}: {one} | {other}" for number, (one, other) in enumerate(zip_longest(*map(shape, pair(page))))]
    wrong = [line for line in told if len(set(line.partition(": ")[2].split(" | "))) > 1]
    assert not wrong, f"{page.name} and {english(page).name} differ from here on: {wrong[:3]}"


@guides
def test_it_has_the_same_code(page: Path) -> None:
    """Comments are in its own language."""
    original, translated = ([COMMENT.sub("", block) for block in FENCED.findall(text)] for text in pair(page))
    assert original == translated


@guides
def test_it_names_the_same_values(page: Path) -> None:
    original, translated = (set(CODE.findall(prose(text))) for text in pair(page))
    assert original - translated == set(), "of the English page alone"
    assert translated - original == set(), "of the Chinese page alone"


@guides
def test_its_links_lead_to_the_same_places(page: Path) -> None:
    assert places(english(page), page) == places(page, english(page))


@guides
def test_its_punctuation_is_chinese(page: Path) -> None:
    text = LINK.sub("]", CODE.sub("", prose(page.read_text(encoding="utf-8"))))
    assert [text[max(0, found.start() - 10) : found.end() + 10] for found in HALF_WIDTH.finditer(text)] == []


@guides
def test_it_links_to_chinese_pages(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        path = link.partition("#")[0]
        there_is = path.endswith(".md") and (DOCS / path.replace(".md", ".zh-CN.md")) in CHINESE
        assert not there_is or path == english(page).name, f"{link} exists in Chinese"
    for name, path in NAMED.findall(page.read_text(encoding="utf-8")):
        assert path.startswith(name), f"the link to {path} is called {name}"
