"""Merges what detectors saw and heard into findings over time, with evidence, in bounded memory."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from minivod.review.model import SOUND_SUFFIX, Finding, Heard, Sample, Sound
from minivod.review.pictures import to_jpeg
from minivod.review.policy import Thresholds
from minivod.review.said import Said
from minivod.review.snippets import snippet

MERGE_GAP = 3.0
"""Seconds between two samples that still belong to the same finding."""
MAX_FINDINGS = 200
MAX_THUMBNAILS = 32
MAX_SOUNDS = 16
THUMBNAIL_WIDTH = 320


class Timeline:
    """Collects findings sample by sample.

    Attributes:
        seen: category -> (time, highest confidence) of each sample with a certain finding; the policy judges these.
        ambiguous: (category, phrase) -> the same of each sample with an ambiguous finding.
        findings: merged findings of at least the category's review threshold, at first or after a second look.
        thumbnails: JPEG pictures by `Finding.evidence`.
        sounds: WAV files by `Finding.evidence`.
        dropped: findings that went over the bound.
    """

    def __init__(self, thresholds: Mapping[str, Thresholds]) -> None:
        self.seen: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.ambiguous: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        self.findings: list[Finding] = []
        self.thumbnails: dict[str, bytes] = {}
        self.sounds: dict[str, bytes] = {}
        self.dropped = 0
        self._said = Said()
        self._thresholds = thresholds
        self._open: dict[tuple[str | bool, ...], Finding] = {}
        self._kept = 0
        self._places: dict[tuple[str, float], int] = {}

    def add(self, sample: Sample, found: Sequence[Finding]) -> None:
        """Takes the findings of one sample; samples come in the order of time."""
        certain: dict[str, float] = {}
        ambiguous: dict[tuple[str, str], float] = {}
        for finding in found:
            if finding.certainty == "certain":
                certain[finding.category] = max(certain.get(finding.category, 0.0), finding.confidence)
            else:
                phrase = (finding.category, finding.label)
                ambiguous[phrase] = max(ambiguous.get(phrase, 0.0), finding.confidence)
            if finding.first >= self._thresholds[finding.category].review:
                self._merge(sample, finding)
        for category, confidence in certain.items():
            self._places[category, sample.time] = len(self.seen[category])
            self.seen[category].append((sample.time, confidence))
        for phrase, confidence in ambiguous.items():
            self.ambiguous[phrase].append((sample.time, confidence))

    def add_late(self, sample: Sample, time: float, found: Sequence[Finding]) -> None:
        """Takes what was found later in a sample, or in one like it at that time: it is the same sample as before."""
        for finding in found:
            if finding.confidence >= self._thresholds[finding.category].review:
                self._merge(sample, finding)
            seen = self.seen[finding.category]
            place = self._places.setdefault((finding.category, time), len(seen))
            if place == len(seen):
                seen.append((time, finding.confidence))
            seen[place] = (time, max(seen[place][1], finding.confidence))

    def hear_late(self, finding: Finding) -> None:
        """Takes what was found in transcripts: there is no sound to keep."""
        anew = self._said.add(finding)
        if finding.confidence >= self._thresholds[finding.category].review:
            self._merge_heard(finding, anew)

    def hear(self, sound: Sound, found: Sequence[Heard]) -> None:
        """Takes what was heard in a piece; what was heard at the same time before, in another channel, counts once."""
        for finding, channel in found:
            anew = self._said.add(finding)
            if finding.confidence < self._thresholds[finding.category].review:
                continue
            worse, known = self._merge_heard(finding, anew)
            if worse:
                cut = snippet(sound, channel, finding.start, finding.end)
                self._keep(known, self.sounds, MAX_SOUNDS, SOUND_SUFFIX, cut)

    def close(self) -> None:
        """After the last sample and piece: what was said joins `seen` and `ambiguous`."""
        for (category, phrase), moments in self._said.moments().items():
            (self.ambiguous[category, phrase] if phrase else self.seen[category]).extend(moments)

    def worst_first(self) -> list[Finding]:
        """The merged findings, by falling confidence, then by time."""
        return sorted(self.findings, key=lambda finding: (-finding.confidence, finding.start))

    def _merge(self, sample: Sample, finding: Finding) -> None:
        doubted = finding.confidence < self._thresholds[finding.category].review
        key = (finding.category, finding.label, finding.detector, finding.certainty, finding.disguise, doubted)
        known = self._open.get(key)
        if known is None or finding.start - known.end > MERGE_GAP:
            known = msgspec.structs.replace(finding, evidence="", samples=1)
            self._open[key] = known
            self.findings.append(known)
            self._picture(sample, known)
            self._bound()
            return
        known.samples += finding.end > known.end
        known.end = max(known.end, finding.end)
        if finding.confidence > known.confidence:
            known.confidence, known.opinions = finding.confidence, finding.opinions
            self._picture(sample, known)

    def _merge_heard(self, finding: Finding, anew: bool) -> tuple[bool, Finding]:
        """The finding that it belongs to, and whether it is the worst of that; tracks begin from the front again."""
        key = (finding.category, finding.label, finding.detector, finding.certainty, finding.disguise, "heard")
        known = self._open.get(key)
        if known is None or not known.start - MERGE_GAP <= finding.start <= known.end + MERGE_GAP:
            known = self._open[key] = msgspec.structs.replace(finding, evidence="", samples=1)
            self.findings.append(known)
            self._bound()
            return any(one is known for one in self.findings), known
        known.samples += anew
        known.start, known.end = min(known.start, finding.start), max(known.end, finding.end)
        worse = finding.confidence > known.confidence
        known.confidence = max(known.confidence, finding.confidence)
        return worse, known

    def _picture(self, sample: Sample, finding: Finding) -> None:
        self._keep(finding, self.thumbnails, MAX_THUMBNAILS, "", to_jpeg(sample.image, THUMBNAIL_WIDTH))

    def _keep(self, finding: Finding, store: dict[str, bytes], most: int, suffix: str, content: bytes) -> None:
        if not finding.evidence:
            if len(store) >= most and not self._free(store, finding.confidence):
                return
            self._kept += 1
            finding.evidence = f"{self._kept:04}{suffix}"
        store[finding.evidence] = content

    def _free(self, store: dict[str, bytes], confidence: float) -> bool:
        """Takes the evidence away from the finding of least confidence, if that is less than this."""
        least = min((f for f in self.findings if f.evidence in store), key=lambda f: f.confidence, default=None)
        if least is None or least.confidence >= confidence:
            return False
        del store[least.evidence]
        least.evidence = ""
        return True

    def _bound(self) -> None:
        if len(self.findings) <= MAX_FINDINGS:
            return
        least = min(self.findings, key=lambda finding: finding.confidence)
        self.findings.remove(least)
        self.thumbnails.pop(least.evidence, None)
        self.sounds.pop(least.evidence, None)
        self._open = {key: finding for key, finding in self._open.items() if finding is not least}
        self.dropped += 1
