"""Counts how often something was said: the same words in two channels, or in two pieces that overlap, count once."""

from collections import defaultdict

from minivod.review.model import Finding

_SAME = 0.3
"""Seconds by which the same words may lie apart in two hearings, beyond their own ends."""


class Said:
    """The moments at which something was heard, by category, and by phrase where that is ambiguous."""

    def __init__(self) -> None:
        self._moments: dict[tuple[str, str], list[list[float]]] = defaultdict(list)

    def add(self, finding: Finding) -> bool:
        """Takes a finding; False: something of the kind was heard at that very time before."""
        key = (finding.category, finding.label if finding.certainty == "ambiguous" else "")
        for known in reversed(self._moments[key]):
            start, end, confidence = known
            if start - _SAME < finding.end and finding.start < end + _SAME:
                known[2] = max(confidence, finding.confidence)
                return False
        self._moments[key].append([finding.start, finding.end, finding.confidence])
        return True

    def moments(self) -> dict[tuple[str, str], list[tuple[float, float]]]:
        """(category, phrase, or nothing where it is certain) -> time in seconds and confidence, by time."""
        return {
            key: sorted((start, confidence) for start, _, confidence in moments)
            for key, moments in self._moments.items()
        }
