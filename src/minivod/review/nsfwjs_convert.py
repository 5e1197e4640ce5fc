"""Makes an ONNX model of the small MobileNet of nsfwjs, which its package brings as two JavaScript files."""

import base64
import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minivod.review.onnx_writer import Graph

SIDE = 224
CLASSES = ("Drawing", "Hentai", "Neutral", "Porn", "Sexy")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_EXPORTS = "exports={"
Weights = dict[str, NDArray[np.float32]]


class ConversionError(Exception):
    """The files are not what is expected; the message says what is odd."""


def convert(model: str, weights: str) -> bytes:
    """An ONNX model; its input is 1 x 224 x 224 x 3, RGB, 0-1, its output the probabilities of `CLASSES`.

    Args:
        model: text of `mobilenet_v2/model.min.js`: the layers of Keras, and where each weight is.
        weights: text of `mobilenet_v2/group1-shard1of1.min.js`: the weights, 8 bits each, in base 64.

    Raises:
        ConversionError: a layer is of a kind that the model does not have, or there are too few weights.
    """
    described = _literal(model)
    values = _weights(described["weightsManifest"][0]["weights"], _bytes(weights))
    graph = Graph("input", (1, SIDE, SIDE, 3))
    last = graph.node("Transpose", ["input"], perm=(0, 3, 1, 2))
    made: dict[str, str] = {}
    for layer in described["modelTopology"]["model_config"]["config"]["layers"]:
        before = [made[name] for name, *_ in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else [last]
        made[layer["name"]] = last = _layer(graph, layer["class_name"], layer["config"], before, values)
    return graph.model(last)


def _literal(script: str) -> Any:
    """The object that a script exports, whose names stand without quotes, as JSON."""
    start = script.index(_EXPORTS) + len(_EXPORTS) - 1
    kept: list[str] = []

    def taken_out(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f'"{len(kept) - 1}"'

    bare = _STRING.sub(taken_out, script[start:])
    bare = re.sub(r"([{,])([A-Za-z_]\w*):", r'\1"=\2":', bare).replace("!0", "true").replace("!1", "false")
    bare = re.sub(r"(?<![\d\w])\.(\d)", r"0.\1", bare)
    value, _ = json.JSONDecoder().raw_decode(bare)
    return _named(value, kept)


def _named(value: Any, kept: Sequence[str]) -> Any:
    """Puts the strings back that were taken out."""
    if isinstance(value, dict):
        return {_named(key, kept): _named(each, kept) for key, each in value.items()}
    if isinstance(value, list):
        return [_named(each, kept) for each in value]
    if isinstance(value, str):
        return value[1:] if value.startswith("=") else json.loads(kept[int(value)])
    return value


def _bytes(script: str) -> bytes:
    found = re.search(r'exports="([A-Za-z0-9+/=]+)"', script)
    if found is None:
        raise ConversionError("there are no weights in it")
    return base64.b64decode(found[1])


def _weights(described: list[dict[str, Any]], raw: bytes) -> Weights:
    """The weights by name, as numbers again."""
    values, place = {}, 0
    for one in described:
        size, scaling = int(np.prod(one["shape"])), one["quantization"]
        coded = np.frombuffer(raw, np.uint8, size, place).astype(np.float32)
        values[one["name"]] = (coded * np.float32(scaling["scale"]) + np.float32(scaling["min"])).reshape(one["shape"])
        place += size
    return values


def _layer(graph: Graph, kind: str, config: dict[str, Any], before: list[str], values: Weights) -> str:
    name = config["name"]
    match kind:
        case "InputLayer" | "Dropout":
            return before[0]
        case "Conv2D" | "DepthwiseConv2D":
            return _convolution(graph, kind, config, before[0], values)
        case "BatchNormalization":
            parts = [values[f"{name}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance")]
            constants = [graph.constant(part) for part in parts]
            return graph.node("BatchNormalization", [before[0], *constants], epsilon=float(config["epsilon"]))
        case "ReLU":
            bounds = [graph.constant(np.array(bound, np.float32)) for bound in (0, config["max_value"])]
            return graph.node("Clip", [before[0], *bounds])
        case "Add":
            return graph.node("Add", before)
        case "Dense":
            factors, offset = graph.constant(values[f"{name}/kernel"]), graph.constant(values[f"{name}/bias"])
            product = graph.node("Gemm", [before[0], factors, offset])
            return graph.node({"relu": "Relu", "softmax": "Softmax"}[config["activation"]], [product])
        case _:
            return _shape(graph, kind, config, before[0])


def _shape(graph: Graph, kind: str, config: dict[str, Any], before: str) -> str:
    """Layers without weights that change the shape."""
    match kind:
        case "ZeroPadding2D":
            (top, bottom), (left, right) = config["padding"]
            pads = graph.constant(np.array([0, 0, top, left, 0, 0, bottom, right], np.int64))
            return graph.node("Pad", [before, pads])
        case "AveragePooling2D":
            return graph.node("AveragePool", [before], kernel_shape=config["pool_size"], strides=config["strides"])
        case "Flatten":
            return graph.node("Flatten", [graph.node("Transpose", [before], perm=(0, 2, 3, 1))])
    raise ConversionError(f"the layer {config['name']} is of the unknown kind {kind}")


def _convolution(graph: Graph, kind: str, config: dict[str, Any], before: str, values: Weights) -> str:
    if kind == "Conv2D":
        kernel = values[f"{config['name']}/kernel"].transpose(3, 2, 0, 1)
        return graph.node("Conv", [before, graph.constant(kernel)], **_window(config))
    kernel = values[f"{config['name']}/depthwise_kernel"].transpose(2, 3, 0, 1)
    return graph.node("Conv", [before, graph.constant(kernel)], group=kernel.shape[0], **_window(config))


def _window(config: dict[str, Any]) -> dict[str, Any]:
    """How a kernel moves; "same" is only met with a stride of one, where both sides are padded alike."""
    side = config["kernel_size"][0]
    if config["padding"] == "same" and config["strides"] != [1, 1]:
        raise ConversionError(f"the layer {config['name']} has strides that are not known here")
    around = (side - 1) // 2 if config["padding"] == "same" else 0
    return {"strides": config["strides"], "pads": [around] * 4, "kernel_shape": config["kernel_size"]}
