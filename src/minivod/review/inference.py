"""Sessions of ONNX Runtime, as all detectors of pictures use them."""

from typing import Any

import onnxruntime


def session(path: str, threads: int) -> Any:
    """An inference session of bounded threads that do not spin while they wait (other work needs the cores)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
