"""What a publication says of itself after an operator's word: its Message, and the rows of ReviewSummary."""

from collections.abc import Sequence
from typing import Any

_CERTAIN = 100.0


def approved(reason: str) -> str:
    """The Message of a publication that a person approved."""
    return f"Passed: approved by an operator: {reason}"


def rejected(reason: str, types: Sequence[str] = ()) -> str:
    """The Message of a publication that a person rejected."""
    if types:
        return f"Rejected: by an operator as {', '.join(types)}: {reason}"
    return f"Rejected: by an operator: {reason}"


def summary_approved(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """ReviewSummary after an approval: what was found stays to be seen, and stands against nothing."""
    return [{**row, "Suggestion": "pass"} for row in rows]


def summary_rejected(rows: Sequence[dict[str, Any]], types: Sequence[str]) -> list[dict[str, Any]]:
    """ReviewSummary after a rejection: the types that it was rejected for block, by a person's certainty."""
    blocked = [{"Type": name, "Suggestion": "block", "Confidence": _CERTAIN} for name in types]
    return [row for row in rows if row["Type"] not in types] + blocked
