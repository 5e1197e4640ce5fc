"""Bounds that msgspec cannot express, from both sides, and the sentences that tell them."""

from typing import Annotated, Any

import msgspec
import pytest

from minivod.templates.bounds import Bound, Measure, Text, ZeroOr, bound, breaches


@pytest.mark.parametrize(
    ("one", "accepted", "refused"),
    [
        (ZeroOr(128, 8192), [0, 128, 8192], [-1, 1, 127, 8193, 2**63 - 1]),
        (
            Measure(8, 4096),
            ["8px", "4096px", "0.5%", "100%", "12.25%"],
            ["", "7px", "4097px", "0px", "0%", "100.1%", "10", "%", "10 %", "-1%", "10PX", "1e2px", "٣px", "10%\n"],
        ),
        (Measure(8, 4096, zero=True), ["0px", "0%", "8px"], ["7px", "4097px", "101%"]),
        (Measure(0, 8192, zero=True), ["0px", "1px", "8192px", "100%"], ["8193px", "101%"]),
        (Text(r"0x[0-9A-F]{6}", "a colour"), ["0xFFFFFF", "0x00FF00"], ["FFFFFF", "0xFFFFF", "0xGGGGGG", "0xFFFFFF\n"]),
    ],
)  # fmt: skip
def test_both_sides(one: Bound, accepted: list[Any], refused: list[Any]) -> None:
    assert [value for value in accepted if not one.accepts(value)] == []
    assert [value for value in refused if one.accepts(value)] == []
    assert one.words


class Inner(msgspec.Struct):
    Side: Annotated[int, bound(ZeroOr(10, 20))] = 0


class Outer(msgspec.Struct):
    Many: list[Inner] = []
    One: Inner | None = None
    Maybe: Annotated[int, bound(ZeroOr(10, 20))] | None = None


def test_the_walk_goes_into_objects_and_lists() -> None:
    found = breaches(Outer(Many=[Inner(), Inner(5)], One=Inner(21), Maybe=1))
    assert [breach.path for breach in found] == ["Many.1.Side", "One.Side", "Maybe"]
    assert list(breaches(Outer())) == []


def test_a_breach_names_field_value_and_what_is_right() -> None:
    [breach] = breaches(Outer(Maybe=9))
    assert breach.message == "Maybe is 9; it must be 0 or from 10 to 20"
