"""Parameters of built actions that are refused when they ask for anything, and those that have no effect.

`tests/wire/test_refused.py` sends them; `coverage.py` writes them down.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from minivod.templates.not_done import NotDone
from minivod.wire.process_inputs import NOT_DONE as OF_TASKS


class Refused(NamedTuple):
    """A parameter that can only be left out, or have a value that asks for nothing.

    Attributes:
        asked: a value that asks for what is not done.
        neutral: one that does not, as the page shows it; None: it must be left out.
    """

    asked: Any
    neutral: Any = None


_TASK = Refused({"Definition": 10})
_PATH = Refused("/a.mp4")
_OF_PROCEDURES = {
    "AiContentReviewTask": _TASK,
    "AiAnalysisTask": _TASK,
    "AiRecognitionTaskSet": Refused([{"Definition": 10}]),
    "AiRecognitionTask": _TASK,
    "ReviewAudioVideoTask": _TASK,
    "ImportMediaKnowledgeTaskSet": Refused([{"Definition": 10}]),
}
_OF_TRANSCODES = {
    "TEHDConfig": Refused({"Type": "TEHD-100"}, {"Type": "OFF"}),
    "EnhanceConfig": Refused(
        {"VideoEnhance": {"Denoise": {"Switch": "ON"}}}, {"VideoEnhance": {"Denoise": {"Switch": "OFF"}}}
    ),
    "StdExtInfo": Refused("{}"),
}
REFUSED: Mapping[str, Mapping[str, Refused]] = {
    "ApplyUpload": {"MediaStoragePath": _PATH},
    "CreateAdaptiveDynamicStreamingTemplate": {
        "DrmType": Refused("SimpleAES"),
        "DrmKeyProvider": Refused("SDMC", "VOD"),
        "DrmEncryptType": Refused("cbcs"),
    },
    "CreateProcedureTemplate": _OF_PROCEDURES,
    "CreateSubAppId": {"Type": Refused("Professional", "AllInOne"), "Mode": Refused("fileid+path", "fileid")},
    "CreateTranscodeTemplate": _OF_TRANSCODES,
    "CreateWatermarkTemplate": {"SvgTemplate": Refused({"Width": "10%"})},
    "ModifyEventConfig": {"PersistenceCompleteEventSwitch": Refused("ON", "OFF")},
    "ModifyTranscodeTemplate": _OF_TRANSCODES,
    "ModifyVodDomainConfig": {
        "QUICConfig": Refused({"Status": "Enabled"}, {"Status": "Disabled"}),
        "IPFilterPolicy": Refused({"Status": "Enabled"}, {"Status": "Disabled"}),
    },
    "ModifyWatermarkTemplate": {"SvgTemplate": Refused({"Width": "10%"})},
    "ProcessMedia": {
        "MediaStoragePath": _PATH,
        "AiContentReviewTask": _TASK,
        "AiAnalysisTask": _TASK,
        "AiRecognitionTask": _TASK,
        "Url": Refused("http://video.example/a.mp4"),
        "OutputAsIndependentMedia": Refused("ON", "OFF"),
    },
    "ProcessMediaByProcedure": {"MediaStoragePath": _PATH},
    "PullUpload": {"MediaStoragePath": _PATH},
    "ResetProcedureTemplate": _OF_PROCEDURES,
    "ReviewAudioVideo": {"MediaStoragePath": _PATH},
    "SearchMedia": {"Vids": Refused(["a"]), "Vid": Refused("a")},
}
"""By action and parameter."""
NO_EFFECT = frozenset({"ExtInfo"})
"""In every action; the API reserves them."""
INSIDE: Mapping[str, tuple[NotDone, ...]] = {"MediaProcessTask": OF_TASKS}
"""What is refused within a parameter of several actions; within templates, docs/templates.md has it."""


def remark(action: str, parameter: str) -> str:
    """What the page says of a parameter; empty where it does what the reference says."""
    if parameter in NO_EFFECT:
        return "no effect"
    found = REFUSED.get(action, {}).get(parameter)
    if found is None:
        return ""
    return "refused" if found.neutral is None else f"only {_shown(found.neutral)}"


def _shown(value: Any) -> str:
    """`OFF`, also of an object whose one member says it."""
    while isinstance(value, dict):
        value = next(iter(value.values()))
    return f"`{value}`"
