"""The second model: made out of JavaScript files, checked, and of another opinion than the first."""

import base64
import hashlib
import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from minivod.review import second_model
from minivod.review.detectors import DetectorConfig
from minivod.review.model import Image
from minivod.review.models import NSFWJS, ModelError
from minivod.review.nsfwjs import Nsfwjs
from minivod.review.nsfwjs_convert import SIDE, ConversionError, convert

CHANNELS = 4
SCALE, LEAST = 0.01, -1.0


def layer(kind: str, name: str, before: str | list[str], **config: Any) -> dict[str, Any]:
    names = [before] if isinstance(before, str) else before
    inbound = [[[each, 0, 0, {}] for each in names]] if before else []
    return {"name": name, "class_name": kind, "config": {"name": name, **config}, "inbound_nodes": inbound}


LAYERS = [
    layer("InputLayer", "in", ""),
    layer("ZeroPadding2D", "pad", "in", padding=[[0, 1], [0, 1]]),
    layer("Conv2D", "conv", "pad", kernel_size=[1, 1], strides=[2, 2], padding="valid"),
    layer("BatchNormalization", "norm", "conv", epsilon=0.001),
    layer("ReLU", "relu", "norm", max_value=6),
    layer("DepthwiseConv2D", "depth", "relu", kernel_size=[3, 3], strides=[1, 1], padding="same"),
    layer("Add", "sum", ["depth", "relu"]),
    layer("AveragePooling2D", "pool", "sum", pool_size=[113, 113], strides=[113, 113]),
    layer("Flatten", "flat", "pool"),
    layer("Dropout", "drop", "flat", rate=0.5),
    layer("Dense", "hidden", "drop", activation="relu"),
    layer("Dense", "out", "hidden", activation="softmax"),
]
SHAPES = {
    "conv/kernel": (1, 1, 3, CHANNELS),
    **{f"norm/{part}": (CHANNELS,) for part in ("gamma", "beta", "moving_mean", "moving_variance")},
    "depth/depthwise_kernel": (3, 3, CHANNELS, 1),
    "hidden/kernel": (CHANNELS, 6),
    "hidden/bias": (6,),
    "out/kernel": (6, 5),
    "out/bias": (5,),
}


def scripts(layers: list[dict[str, Any]], coded: bytes) -> tuple[str, str]:
    """As the package has them: names without quotes, `!1` for false, numbers without their zero."""
    scaling = {"min": LEAST, "scale": SCALE, "dtype": "uint8"}
    weights = [{"name": name, "shape": shape, "quantization": scaling} for name, shape in SHAPES.items()]
    told = {
        "modelTopology": {"model_config": {"config": {"layers": layers, "trainable": False}}},
        "weightsManifest": [{"weights": weights}],
    }
    text = re.sub(r'"([A-Za-z_]\w*)":', r"\1:", json.dumps(told, separators=(",", ":")))
    text = re.sub(r"([:,\[])0\.", r"\1.", text).replace("false", "!1")
    return f"!function(e){{e.exports=e()}}({{1:[function(e,n){{n.exports={text}}}]}})", f'n.exports="{encoded(coded)}"'


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def expected(values: dict[str, Any], picture: Any) -> Any:
    """What the layers compute, without a library for it."""
    padded = np.pad(picture, ((0, 1), (0, 1), (0, 0)))[::2, ::2] @ values["conv/kernel"][0, 0]
    gamma, beta, mean, variance = (values[f"norm/{p}"] for p in ("gamma", "beta", "moving_mean", "moving_variance"))
    relu = np.clip((padded - mean) / np.sqrt(variance + 0.001) * gamma + beta, 0, 6)
    around = np.pad(relu, ((1, 1), (1, 1), (0, 0)))
    side = relu.shape[0]
    kernel = values["depth/depthwise_kernel"][..., 0]
    depth = sum(around[y : y + side, x : x + side] * kernel[y, x] for y in range(3) for x in range(3))
    flat = (depth + relu).mean(axis=(0, 1))
    out = np.maximum(flat @ values["hidden/kernel"] + values["hidden/bias"], 0) @ values["out/kernel"]
    powers = np.exp(out + values["out/bias"])
    return powers / powers.sum()


def test_the_converted_model_computes_what_its_layers_say() -> None:
    random = np.random.default_rng(5)
    coded = random.integers(0, 256, sum(int(np.prod(shape)) for shape in SHAPES.values()), np.uint8)
    coded[3 * CHANNELS + 3 * CHANNELS : 3 * CHANNELS + 4 * CHANNELS] = 180  # variances are above zero
    values, place = {}, 0
    for name, shape in SHAPES.items():
        size = int(np.prod(shape))
        values[name] = (coded[place : place + size] * SCALE + LEAST).reshape(shape)
        place += size
    picture = random.random((SIDE, SIDE, 3), np.float32)
    session = onnxruntime.InferenceSession(convert(*scripts(LAYERS, coded.tobytes())))
    assert session.run(None, {"input": picture[np.newaxis]})[0][0] == pytest.approx(expected(values, picture), abs=1e-4)


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (layer("LSTM", "odd", "in"), "the layer odd is of the unknown kind LSTM"),
        (layer("DepthwiseConv2D", "depth", "in", kernel_size=[3, 3], strides=[2, 2], padding="same"), "strides"),
    ],
)
def test_layers_that_are_not_known_are_told(odd: dict[str, Any], said: str) -> None:
    with pytest.raises(ConversionError, match=said):
        convert(*scripts([LAYERS[0], odd], bytes(1000)))


def test_a_package_that_is_not_the_expected_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no nsfwjs-4\.3\.0\.tgz in"):
        second_model.install(tmp_path / "models", packages=tmp_path)
    with tarfile.open(tmp_path / "nsfwjs-4.3.0.tgz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("package/README.md"), io.BytesIO())
    with pytest.raises(ModelError, match="cannot be read from"):
        second_model.install(tmp_path / "models", packages=tmp_path)
    with tarfile.open(tmp_path / "nsfwjs-4.3.0.tgz", "w:gz") as archive:
        for name in second_model.FILES:
            archive.addfile(tarfile.TarInfo(f"{NSFWJS.member}/{name}"), io.BytesIO())
    with pytest.raises(ModelError, match=r"model\.min\.js is not the expected file"):
        second_model.install(tmp_path / "models", packages=tmp_path)
    assert not (tmp_path / "models").exists()


def test_the_model_is_installed_and_knows_harmless_pictures(second_opinion: DetectorConfig, alarming: Image) -> None:
    path = second_model.install(second_opinion.models_dir)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == NSFWJS.sha256
    assert Nsfwjs(second_opinion).score(alarming) < 30  # the first model gives it more than 90
