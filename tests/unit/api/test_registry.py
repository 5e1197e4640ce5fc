"""Actions are found, their parameters decoded, and what is wrong is named with what would be right."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.api import registry
from minivod.api.action_names import NAMES
from minivod.api.parameters import HugeNumber


class Part(msgspec.Struct, forbid_unknown_fields=True):
    Type: Literal["original", "all"]
    Definition: int = 0


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    FileId: Annotated[str, msgspec.Meta(max_length=20)]
    SubAppId: int | None = None
    Parts: Annotated[list[Part], msgspec.Meta(max_length=2)] = []
    Level: Annotated[int, msgspec.Meta(ge=0, le=9)] = 0
    Share: float = 0.0
    Flag: bool = False


class Response(msgspec.Struct):
    pass


async def run(call: CallContext, request: Request) -> Response:
    return Response()


ACTION = Action(
    name="DeleteMedia", request=Request, response=Response, run=run, value_errors={"FileId": errors.InvalidFileId}
)


def test_every_module_with_an_action_is_found_under_its_name() -> None:
    found = registry.discover()
    assert "WeChatMiniProgramPublish" in found
    assert all(name == action.name and name in NAMES for name, action in found.items())


def _patterns(kind: Any, where: str) -> Iterator[tuple[str, msgspec.Meta]]:
    """Each pattern that a parameter must fit, at any depth, and where it stands."""
    for one in (kind, *get_args(kind)):
        if get_origin(one) is Annotated:
            yield from ((where, meta) for meta in one.__metadata__ if getattr(meta, "pattern", None))
        if one is not kind:
            yield from _patterns(one, where)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for name, declared in get_type_hints(kind, include_extras=True).items():
            yield from _patterns(declared, f"{where}.{name}")


def test_what_a_pattern_asks_for_is_said_in_words() -> None:
    found = [pair for name, action in registry.discover().items() for pair in _patterns(action.request, name)]
    assert {"ModifyEventConfig.SignKey", "ModifyMediaInfo.AddSubtitles.Language"} <= {where for where, _ in found}
    for where, meta in found:
        assert meta.description, f"{where}: Meta(pattern=…, description=…)"
        assert str(meta.pattern).endswith(r"\Z"), f"{where}: $ lets a line break pass"


def test_a_pattern_is_not_shown() -> None:
    class Named(msgspec.Struct):
        Name: Annotated[str, msgspec.Meta(pattern=r"^[a-z]*\Z", description="small letters")] | None = None

    class Names(msgspec.Struct):
        Set: list[Named]

    async def done(call: CallContext, request: Names) -> Response:
        return Response()

    action: Action[Names, Response] = Action(name="DeleteMedia", request=Names, response=Response, run=done)
    with pytest.raises(errors.InvalidParameterValue, match=r"Set\.0\.Name is 'A1'; it must be small letters$"):
        registry.decode(action, {"Set": [{"Name": "A1"}]}, text=False)


def test_an_action_that_is_not_built_is_told_so() -> None:
    with pytest.raises(errors.InvalidAction, match="EditMedia belongs to the API but is not built") as raised:
        registry.find({"DeleteMedia": ACTION}, "EditMedia")
    assert raised.value.message.endswith("the 1 that are built stand in docs/coverage.md")


def test_an_unknown_action() -> None:
    with pytest.raises(errors.InvalidAction, match="no action 'MakeCoffee'"):
        registry.find({"DeleteMedia": ACTION}, "MakeCoffee")
    with pytest.raises(errors.InvalidAction, match="did you mean DeleteMedia"):
        registry.find({"DeleteMedia": ACTION}, "deleteMedia")


def test_text_is_converted_by_the_declared_type() -> None:
    tree = {
        "FileId": "123",
        "SubAppId": "7",
        "Flag": "True",
        "Share": "1.5",
        "Parts": [{"Type": "all", "Definition": "3"}],
    }
    request = registry.decode(ACTION, tree, text=True)
    assert request == Request(FileId="123", SubAppId=7, Flag=True, Share=1.5, Parts=[Part("all", 3)])


@pytest.mark.parametrize(
    ("tree", "text", "error", "words"),
    [
        ({}, False, errors.MissingParameter, "FileId is missing"),
        ({"FileId": "1", "Parts": [{}]}, False, errors.MissingParameter, "Parts.0.Type is missing"),
        ({"FileId": "1", "Fileid": 1}, False, errors.UnknownParameter, "'Fileid' is not a parameter of DeleteMedia"),
        ({"FileId": "1", "x": 1}, False, errors.UnknownParameter, "known are FileId, SubAppId"),
        ({"FileId": "1", "Parts": [{"Type": "all", "X": 1}]}, False, errors.UnknownParameter, "'Parts.0.X'"),
        ({"FileId": "1", "Parts": [{"Type": "all", "X": 1}]}, False, errors.UnknownParameter, "known are Type, Def"),
        ({"FileId": 1}, False, errors.InvalidParameter, "FileId is 1; it must be a string"),
        ({"FileId": "1", "SubAppId": "7"}, False, errors.InvalidParameter, "SubAppId is '7'; it must be an integer"),
        ({"FileId": "1", "SubAppId": "x"}, True, errors.InvalidParameter, "SubAppId is 'x'; it must be an integer"),
        ({"FileId": "1", "Flag": "yes"}, True, errors.InvalidParameter, "Flag is 'yes'; it must be true or false"),
        ({"FileId": "1", "Parts": {}}, False, errors.InvalidParameter, "Parts is {}; it must be a list"),
        ({"FileId": "1", "Parts": [1]}, False, errors.InvalidParameter, "Parts.0 is 1; it must be an object"),
        ({"FileId": ["1"]}, True, errors.InvalidParameter, """FileId is ["1"]; it must be a string"""),
        ({"FileId": True}, False, errors.InvalidParameter, "FileId is true; it must be a string"),
        ({"FileId": [HugeNumber("9" * 30)]}, False, errors.InvalidParameter, "FileId is ["),
        ({"FileId": "1", "Level": 10}, False, errors.InvalidParameterValue, "Level is 10; it must be an integer at"),
        ({"FileId": "1", "Level": -1}, False, errors.InvalidParameterValue, "at least 0"),
        ({"FileId": "1" * 99}, False, errors.InvalidFileId, "a string of length at most 20"),
        ({"FileId": "1", "Parts": [{"Type": "x"}]}, False, errors.InvalidParameterValue, "one of original, all"),
        ({"FileId": "1", "Parts": [{"Type": "all"}] * 3}, False, errors.InvalidParameterValue, "length at most 2"),
        ({"FileId": "1", "SubAppId": HugeNumber("9" * 30)}, False, errors.InvalidParameterValue, "at most 64 bits"),
        ({"FileId": "1", "SubAppId": "9" * 30}, True, errors.InvalidParameterValue, "at most 64 bits"),
        ({"FileId": "1", "Parts": [{"Type": "all", "Definition": "9" * 20}]}, True, errors.InvalidParameterValue, "Pa"),
        ({"FileId": "1", "SubAppId": "9" * 9000}, True, errors.InvalidParameterValue, "SubAppId is '999"),
        ({"FileId": "1", "Share": "nan"}, True, errors.InvalidParameterValue, "a finite number"),
        ({"FileId": "1", "Share": HugeNumber("1e999")}, False, errors.InvalidParameterValue, "Share is 1e999; it"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tree: dict[str, Any], text: bool, error: type[errors.WireError], words: str) -> None:
    with pytest.raises(errors.WireError) as raised:
        registry.decode(ACTION, tree, text=text)
    assert type(raised.value) is error
    assert words in raised.value.message
    assert len(raised.value.message) < 300


@pytest.mark.parametrize("name", ["`", "x` - at `$.FileId", "$[0]", "a\nb", "", "ü" * 5000, "..."])
def test_strange_names_are_unknown_parameters(name: str) -> None:
    with pytest.raises(errors.UnknownParameter) as raised:
        registry.decode(ACTION, {"FileId": "1", name: 1}, text=False)
    assert len(raised.value.message) < 300


def test_members_of_objects_may_have_codes_of_their_own() -> None:
    codes = {"Parts": errors.InvalidFileIds, "Parts.Type": errors.InvalidFileType}
    action = Action(name="DeleteMedia", request=Request, response=Response, run=run, value_errors=codes)
    huge = {"Type": "all", "Definition": HugeNumber("1" * 30)}
    for part, error in (({"Type": "x"}, errors.InvalidFileType), (huge, errors.InvalidFileIds)):
        with pytest.raises(errors.InvalidParameterValue) as raised:
            registry.decode(action, {"FileId": "1", "Parts": [{"Type": "all"}, part]}, text=False)
        assert type(raised.value) is error
    assert action.value_error("Level") is errors.InvalidParameterValue
