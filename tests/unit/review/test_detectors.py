"""Detectors: found by entry points, and what is not covered is said with the reason."""

import importlib.metadata
import importlib.util
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from minivod.review.detectors import GROUP, DetectorConfig, DetectorError, DetectorSet, load_detectors, make_detectors
from minivod.review.model import CATEGORIES, WIRE_TYPES, DetectorUnavailable, Finding, Image, Sample
from minivod.review.nudenet import NudeNetDetector
from minivod.review.nudity import NudityDetector


class Speech:
    """A plug-in for speech."""

    name = "speech"
    categories = frozenset({"Porn.Asr"})

    def __init__(self, config: DetectorConfig) -> None:
        self.config = config

    def inspect(self, sample: Sample) -> list[Finding]:
        return []


class Nameless:
    categories = frozenset({"Porn"})

    def __init__(self, config: DetectorConfig) -> None: ...


class Wrong(Speech):
    categories = frozenset({"Porn", "Violence"})


class Empty(Speech):
    categories = frozenset()


class Absent(Speech):
    def __init__(self, config: DetectorConfig) -> None:
        raise DetectorUnavailable("fetch its model first")


CONFIG = DetectorConfig(Path("/nonexistent"))


def make(*factories: tuple[str, object]) -> DetectorSet:
    def loader(factory: object) -> Callable[[], object]:
        return lambda: factory

    return make_detectors([(name, loader(factory)) for name, factory in factories], CONFIG)


def test_the_built_in_ones_are_installed(detectors: DetectorSet) -> None:
    assert {point.name for point in importlib.metadata.entry_points(group=GROUP)} >= {
        "text",
        "nudity",
        "speech",
        "clip",
    }
    assert detectors.covered == ["Porn", "Porn.Ocr", "Political.Ocr"]
    assert list(detectors.uncovered) == ["Porn.Asr", "Terrorism", "Political", "Political.Asr"]
    assert "minivod.detectors" in detectors.uncovered["Terrorism"]


def test_without_its_model_a_category_is_uncovered_and_the_reason_helps() -> None:
    detectors = load_detectors(CONFIG)
    assert "minivod models install" in detectors.uncovered["Porn"]
    assert detectors.unavailable["nudity"] == detectors.uncovered["Porn"]
    assert "Porn" not in detectors.covered


def test_another_detector_may_cover_what_one_cannot() -> None:
    class Other(Speech):
        categories = frozenset({"Porn"})

    detectors = make(("nudity", NudityDetector), ("other", Other))
    assert detectors.covered == ["Porn"]
    assert "Porn" not in detectors.uncovered
    assert "nudity" in detectors.unavailable


def test_a_plug_in_is_configured_and_counted() -> None:
    detectors = make(("speech", Speech))
    assert detectors.covered == ["Porn.Asr"]
    (speech,) = detectors.detectors
    assert isinstance(speech, Speech)
    assert speech.config is CONFIG


def test_categories_without_a_wire_type_cover_none() -> None:
    class Violent(Speech):
        categories = frozenset({"Terrorism.Ocr"})

    assert make(("text", Violent)).covered == []
    assert set(WIRE_TYPES) < CATEGORIES


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        (Nameless, "the detector x lacks name, categories, or inspect or listen"),
        (Wrong, "the detector x must declare categories out of .*, not Violence"),
        (Empty, "the detector x must declare categories out of .*, not none"),
        (42, "names 42, which cannot be called"),
    ],
)
def test_a_faulty_plug_in_is_named(factory: object, message: str) -> None:
    with pytest.raises(DetectorError, match=message):
        make(("x", factory))


def test_a_plug_in_that_cannot_be_imported_is_named() -> None:
    def load() -> object:
        raise ImportError("no torch")

    with pytest.raises(DetectorError, match=r"the detector x cannot be imported: ImportError\('no torch'\)"):
        make_detectors([("x", load)], CONFIG)


def test_an_unavailable_plug_in_says_why() -> None:
    assert make(("x", Absent)).uncovered["Porn.Asr"] == "fetch its model first"


def test_nudenet_is_off_until_switched_on() -> None:
    points = importlib.metadata.entry_points(group=GROUP)
    assert "nudenet" not in {point.name for point in points}
    if importlib.util.find_spec("nudenet") is None:
        assert "minivod[nudenet]" in make(("nudenet", NudeNetDetector)).unavailable["nudenet"]


def test_the_guides_detector_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, still: Callable[[float, Image], Sample]
) -> None:
    """The example of docs/review.md, put where an installer would put it."""
    guide = (Path(__file__).parents[3] / "docs" / "review.md").read_text(encoding="utf-8")
    begins = ("python\nimport numpy", "toml\n")
    module, project = (guide.partition(f"```{begin}")[2].partition("```")[0] for begin in begins)
    module = f"import numpy{module}"
    described = tomllib.loads(project)
    ((name, target),) = described["project"]["entry-points"][GROUP].items()
    (tmp_path / f"{target.partition(':')[0]}.py").write_text(module)
    installed = tmp_path / "flag_detector-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {described['project']['name']}\nVersion: 1\n")
    (installed / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {target}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    detectors = load_detectors(CONFIG)
    assert "Political" in detectors.covered
    flag = next(detector for detector in detectors.detectors if detector.name == name)
    red, grey = (np.full((90, 160, 3), colour, np.uint8) for colour in ((220, 20, 30), (90, 90, 90)))
    (finding,) = flag.inspect(still(2.0, red))
    assert (finding.category, finding.start) == ("Political", 2.0)
    assert finding.confidence > 90
    assert flag.inspect(still(3.0, grey)) == []
