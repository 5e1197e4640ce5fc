"""The engines of text: what they load, and what they do without."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minivod.review import rapid_ocr
from minivod.review.model import DetectorUnavailable


def test_one_finds_and_the_other_reads() -> None:
    find, read = rapid_ocr.engines(threads=1, detail=640)
    assert find(np.zeros((90, 160, 3), np.uint8)).boxes is None
    assert read(np.full((40, 160, 3), 255, np.uint8)).txts == ("",)
    assert find.text_det is not None and find.text_rec is find.text_cls is None
    assert read.text_rec is not None and read.text_cls is not None and read.text_det is None


def test_no_table_of_downloads_is_read_and_none_can_be_made(tmp_path: Path) -> None:
    rapid_ocr.engines(threads=1, detail=640)
    from omegaconf import OmegaConf
    from rapidocr import LangDet, RapidOCR, inference_engine

    assert inference_engine.base.InferSession.model_info == {}
    with pytest.raises(ValueError, match="Unsupported configuration"):  # its own choice of a model, by name
        RapidOCR(params={"Det.lang_type": LangDet.EN})(np.zeros((90, 160, 3), np.uint8))
    table = tmp_path / "default_models.yaml"
    table.write_text("small: 1")
    assert OmegaConf.load(table) == {"small": 1}, "who comes later reads what there is"


def test_a_package_without_models_is_no_detector(tmp_path: Path) -> None:
    with pytest.raises(DetectorUnavailable, match="brings no det model"):
        rapid_ocr._model(tmp_path, "det")


@pytest.mark.parametrize("missing", ["rapidocr", "omegaconf"])
def test_without_the_package_it_is_no_detector(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    absent: Any = None  # to the import system: not installed
    monkeypatch.setitem(sys.modules, missing, absent)
    with pytest.raises(DetectorUnavailable, match="pip install rapidocr"):
        rapid_ocr.engines(threads=1, detail=640)
