"""The page of built actions is the one that code and model make, and says what a reader looks for."""

from minivod.api.action_names import NAMES
from minivod.api.registry import discover

from .coverage import PAGE, page
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
