"""Loads structlog without rich, which costs each process 0.1 s and some MB; import this before anything that logs.

structlog would use it to show tracebacks in colours. In our logs they are text (`logs.configure`).

And numpy, where it is loaded later, without OpenBLAS's threads: one for each further core, which turns in circles for
up to 0.1 s before it sleeps. A review has a thread for each core anyway.
"""

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]  # to the import system: not installed
    try:
        import structlog.dev  # noqa: F401 - which remembers whether it is
    finally:
        del sys.modules["rich"]
