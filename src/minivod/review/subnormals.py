"""Lets the processor take subnormal numbers for zero: text is found in a quarter of the time, with the same result.

The model that finds text has weights below 1e-38, and processors of the x86 family compute with such numbers many
times more slowly. ONNX Runtime's own option against it works only in the thread that makes the first session.
"""

import ctypes
import platform
import struct
from functools import cache

_MACHINES = ("x86_64", "AMD64")
_ENVIRONMENT = 32
"""Bytes of C's `fenv_t` on x86-64: 28 of the old unit, 4 of the register MXCSR."""
_MXCSR = 28
_FLUSH = 1 << 15 | 1 << 6
"""The bits "flush to zero" (of results) and "denormals are zero" (of operands)."""


def flush_to_zero() -> None:
    """For the calling thread; does nothing where it is not needed or cannot be done."""
    maths = _maths()
    if maths is None:
        return
    environment = ctypes.create_string_buffer(_ENVIRONMENT)
    maths.fegetenv(environment)
    (register,) = struct.unpack_from("<I", environment, _MXCSR)
    struct.pack_into("<I", environment, _MXCSR, register | _FLUSH)
    maths.fesetenv(environment)


@cache
def _maths() -> ctypes.CDLL | None:
    """The C library's part that knows the register, where it has the layout above."""
    if platform.machine() not in _MACHINES or platform.libc_ver()[0] != "glibc":
        return None
    return ctypes.CDLL("libm.so.6")
