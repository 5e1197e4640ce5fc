"""RapidOCR's engines: made once, and without what takes a second to load for downloads that are never made."""

import copy
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2

from minivod.review.model import DetectorUnavailable

DETECTION_SHARE = 0.75
"""Scale at which text is looked for in frames. Measured, 480 of 640: 28 ms in place of 285, no phrase of 14 px lost."""
_HALF = 127.5
"""Of the range of colours; the model expects -1 to 1."""
_DOWNLOADS = "default_models.yaml"
"""Its table of models to download."""


def engines(threads: int, detail: int) -> tuple[Any, Any]:
    """Two engines: one only finds text, one only reads it; models come with the package, nothing is fetched.

    Args:
        threads: that one inference may use.
        detail: longer side of frames, pixels.

    Raises:
        DetectorUnavailable: RapidOCR or one of its models is not installed.
    """
    package = _load()
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)  # it reports every frame without text
    models = Path(package.__file__).parent / "models"
    told = {
        "Global.log_level": "critical",
        "Global.max_side_len": detail,
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,  # a tenth faster
        "Det.limit_type": "max",
        "Det.limit_side_len": round(DETECTION_SHARE * detail),
        "Det.model_path": _model(models, "det"),
        "Rec.model_path": _model(models, "rec"),
        "Cls.model_path": _model(models, "cls"),
    }
    find = package.RapidOCR(params=told)
    _prepare_quickly(find)
    read = copy.copy(find)  # a second one would read its configuration again; each loads a model when it needs it
    find.use_rec = find.use_cls = False
    find.crop_text_regions = lambda *_: []  # nobody looks at them
    read.use_det = False
    return find, read


def is_turned(read: Any, line: Any) -> bool:
    """Whether a line is upside down, as far as the engine that reads can tell.

    Args:
        read: the second engine.
        line: straightened, BGR.
    """
    classifier = read._load_cls_model()
    [(label, certainty)] = classifier([line]).cls_res
    return "180" in label and certainty > classifier.cls_thresh


def _prepare_quickly(find: Any) -> None:
    """Frames become input in one pass of 32 bits; its own way takes a sixth of the time that text is looked for."""
    load = find._load_det_model

    def loaded() -> Any:
        if find.text_det is None:
            detector = load()
            prepare = type(detector).get_preprocess(detector)  # another thread may have put ours into its place
            detector.get_preprocess = lambda: lambda picture: _prepared(prepare.resize(picture))
        return find.text_det

    find._load_det_model = loaded


def _prepared(picture: Any) -> Any:
    """From -1 to 1; None stays None: too flat for the model."""
    if picture is None:
        return None
    return cv2.dnn.blobFromImage(picture, 1 / _HALF, mean=(_HALF, _HALF, _HALF))


def _load() -> Any:
    """The package; the first time, without its table of downloads, which it parses twice with a slow parser."""
    try:
        import omegaconf
        import rapidocr

        with _without_downloads(omegaconf.OmegaConf):
            import rapidocr.main
    except ImportError as error:
        raise DetectorUnavailable(f"rapidocr cannot be imported ({error}); `pip install rapidocr` brings it") from error
    return rapidocr


@contextmanager
def _without_downloads(loader: Any) -> Iterator[None]:
    """Inside, that table is read as empty: a model that is not there is an error then, and no download."""
    load = loader.load

    def lean(file: Any) -> Any:
        return loader.create({}) if isinstance(file, Path) and file.name == _DOWNLOADS else load(file)

    loader.load = staticmethod(lean)
    try:
        yield
    finally:
        loader.load = staticmethod(load)


def _model(directory: Path, kind: str) -> str:
    """Named explicitly, because rapidocr would look for one to download."""
    found = sorted(directory.glob(f"*_{kind}_*.onnx"))
    if not found:
        raise DetectorUnavailable(
            f"this version of rapidocr brings no {kind} model in {directory}; `pip install 'rapidocr>=3.5,<4'` does"
        )
    return str(found[-1])
