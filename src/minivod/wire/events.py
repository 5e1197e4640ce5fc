"""Events as they are told: which member of EventContent belongs to an EventType, and the body of a callback."""

from typing import Any

MEMBERS = {
    "NewFileUpload": "FileUploadEvent",
    "FileDeleted": "FileDeleteEvent",
    "ProcedureStateChanged": "ProcedureStateChangeEvent",
    "PullComplete": "PullCompleteEvent",
    "ReviewAudioVideoComplete": "ReviewAudioVideoCompleteEvent",
    "WechatMiniProgramPublishComplete": "WechatMiniProgramPublishCompleteEvent",
}
"""Of each EventType that is produced."""


def content(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    """EventContent without EventHandle, and without members that have no value (contract.md §6)."""
    return {"EventType": kind, MEMBERS[kind]: _with_values(payload)}


def _with_values(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _with_values(value) for name, value in node.items() if value is not None}
    if isinstance(node, list):
        return [_with_values(item) for item in node]
    return node
