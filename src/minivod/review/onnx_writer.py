"""Writes small ONNX models: as much of the format as a chain of layers needs, without the library `onnx`."""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_IR_VERSION, _OPSET = 8, 13
_FLOAT, _INT64 = 1, 7  # TensorProto.DataType
_ATTRIBUTE_FLOAT, _ATTRIBUTE_INT, _ATTRIBUTE_INTS = 1, 2, 7  # AttributeProto.AttributeType

Attribute = float | int | Sequence[int]


class Graph:
    """A graph with one input; nodes and constants are named by numbers."""

    def __init__(self, name: str, shape: Sequence[int], *, integers: bool = False) -> None:
        """Args: name, shape: of the input, no shape: any; integers: whether it has 64-bit integers, not floats."""
        self._input = _value(name, shape, _INT64 if integers else _FLOAT)
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def constant(self, value: NDArray[np.float32] | NDArray[np.int64]) -> str:
        """Adds numbers and returns their name."""
        name = f"c{len(self._constants)}"
        kind = _INT64 if value.dtype == np.int64 else _FLOAT
        content = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<")).tobytes()
        shape = b"".join(_number(1, side) for side in value.shape)
        self._constants.append(shape + _number(2, kind) + _text(8, name) + _bytes(9, content))
        return name

    def node(self, kind: str, inputs: Sequence[str], **attributes: Attribute) -> str:
        """Adds an operator and returns the name of its output."""
        name = f"n{len(self._nodes)}"
        read = b"".join(_text(1, one) for one in inputs)
        described = b"".join(_bytes(5, _attribute(*item)) for item in attributes.items())
        self._nodes.append(read + _text(2, name) + _text(4, kind) + described)
        return name

    def model(self, output: str) -> bytes:
        """The file whose output is this node's."""
        nodes = b"".join(_bytes(1, node) for node in self._nodes)
        constants = b"".join(_bytes(5, constant) for constant in self._constants)
        ends = _bytes(11, self._input) + _bytes(12, _value(output, ()))
        graph = nodes + _text(2, "graph") + constants + ends
        return _number(1, _IR_VERSION) + _bytes(7, graph) + _bytes(8, _text(1, "") + _number(2, _OPSET))


def _value(name: str, shape: Sequence[int], kind: int = _FLOAT) -> bytes:
    sides = b"".join(_bytes(1, _number(1, side)) for side in shape)
    tensor = _number(1, kind) + (_bytes(2, sides) if shape else b"")
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, float):
        return _text(1, name) + b"\x15" + struct.pack("<f", value) + _number(20, _ATTRIBUTE_FLOAT)
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, _ATTRIBUTE_INT)
    return _text(1, name) + b"".join(_number(8, one) for one in value) + _number(20, _ATTRIBUTE_INTS)


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, content: str) -> bytes:
    return _bytes(field, content.encode())
