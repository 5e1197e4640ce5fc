"""The page of built actions is the one that code and model make, and says what a reader looks for."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import inspect as types

import minivod
from minivod.api.action_names import NAMES
from minivod.api.registry import discover

from .coverage import PAGE, page, struct_in
from .empty import EMPTY
from .model import members, model


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.contract.coverage`"


def test_every_built_action_has_its_parameters_and_the_others_are_counted() -> None:
    sections = page().split("\n## ")
    actions = discover()
    assert [section.partition("\n")[0] for section in sections[1:]] == [*actions, "Not built"]
    for section, name in zip(sections[1:-1], actions, strict=True):
        assert all(f"| `{parameter}` |" in section for parameter in members(f"{name}Request"))
    assert f"The [other {len(NAMES) - len(actions)}](#not-built) answer" in sections[0]
    assert all((f"`{name}`" in sections[-1]) == (name not in actions) for name in model()["actions"])


def _defaulted(struct: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    """Members of an answer that need not be given where it is made: the struct, and the name."""
    for field in msgspec.structs.fields(struct):
        info = types.type_info(field.type)
        if not isinstance(info, types.NoneType) and not field.required:
            yield struct.__name__, field.encode_name
        if inner := struct_in(info):
            yield from _defaulted(inner)


def test_members_that_nothing_fills_are_said_to_be_empty() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in Path(minivod.__file__).parent.rglob("*.py"))
    found = {one for action in discover().values() for one in _defaulted(action.response)}
    assert found >= EMPTY
    given, by_name = set(re.findall(r"\b(\w+)=(?!=)", source)), set(re.findall(r'"(\w+)"', source))
    assert {name for _, name in EMPTY} & given <= {"SubtitleSet"}
    assert {one for one in found if one[1] not in given | by_name} <= EMPTY


def test_what_is_refused_is_marked() -> None:
    sections = {section.partition("\n")[0]: section for section in page().split("\n## ")}
    assert "| `MediaStoragePath` | string | refused |" in sections["ApplyUpload"]
    assert "| `OutputAsIndependentMedia` | string | only `OFF` |" in sections["ProcessMedia"]
    assert "| `EnhanceConfig` | EnhanceConfig | only `OFF` |" in sections["CreateTranscodeTemplate"]
    assert "| `ExtInfo` | string | no effect |" in sections["PullEvents"]
    assert "`MosaicSet` (parts of pictures are not blurred here)" in sections["ProcessMedia"]


def test_what_an_answer_never_has_is_said() -> None:
    section = page().partition("## DescribeMediaInfos\n")[2].partition("\n## ")[0]
    never = section.partition("`MediaInfoSet` in the answer never has ")[2].partition(".\n")[0]
    assert {f"`{name}`" for name in ("FaceRecognitionInfo", "KnowledgeBasesInfo", "MPSAiMediaInfo")} <= set(
        never.split(", ")
    )
    assert "`MediaInfoSet.BasicInfo.SourceInfo` in the answer never has `LiveRecordInfo`" in section
