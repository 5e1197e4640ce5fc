"""What copying must not lose, and what is said when it did."""

from typing import Any

import msgspec
import pytest

from minivod.media.metadata import Examination
from minivod.media.sandbox import StepFailed
from minivod.publishing import candidate

from .test_preflight import AAC, FINE, H264, SETS

WHOLE = Examination(metadata=FINE, parameter_sets=SETS)


def confirm(source: dict[str, Any], made: dict[str, Any], **sets: Any) -> None:
    change = msgspec.structs.replace
    candidate._confirm(
        change(WHOLE, metadata=change(FINE, **source)),
        Examination(metadata=change(FINE, **made), parameter_sets=change(SETS, **sets)),
    )


def test_a_copy_that_has_everything() -> None:
    confirm({}, {})
    confirm({"audio": [AAC, AAC]}, {"audio": [AAC]})
    confirm({"audio": []}, {"audio": []})
    confirm({"audio": [msgspec.structs.replace(AAC, empty=True)]}, {"audio": []})


@pytest.mark.parametrize(
    ("made", "sets", "said"),
    [
        ({"video": []}, {}, "copying it into an MP4 lost its video stream (h264, stream 0 of the file)"),
        ({"audio": []}, {}, "copying it into an MP4 lost its audio stream (aac, stream 1 of the file)"),
        ({}, {"in_header": False}, "copying it into an MP4 did not bring its parameter sets into the header"),
        ({}, {"in_samples": True}, "copying it into an MP4 did not bring its parameter sets into the header"),
        (
            {"video": [msgspec.structs.replace(H264, codec_tag="avc3")]},
            {},
            "copying it into an MP4 did not bring its parameter sets into the header",
        ),
    ],
)
def test_a_copy_that_has_not(made: dict[str, Any], sets: dict[str, Any], said: str) -> None:
    with pytest.raises(StepFailed) as failure:
        confirm({"audio": [msgspec.structs.replace(AAC, index=1)]}, made, **sets)
    assert str(failure.value) == said
