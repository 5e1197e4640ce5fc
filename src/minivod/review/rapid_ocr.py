"""RapidOCR's engines: made once, and without what takes a second to load for downloads that are never made."""

import copy
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from minivod.review.model import DetectorUnavailable

DETECTION_SHARE = 0.75
"""Scale at which text is looked for in frames. Measured, 480 of 640: 28 ms in place of 285, no phrase of 14 px lost."""
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
    read = copy.copy(find)  # a second one would read its configuration again; each loads a model when it needs it
    find.use_rec = find.use_cls = False
    read.use_det = False
    return find, read


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
