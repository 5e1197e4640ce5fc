"""Which font files a text may be drawn with: the operator's, those of a package, and the one that Pillow has."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

OWN = ""
"""In place of a path: the font inside Pillow, which has Latin letters only."""
PACKAGE = "pylopdf-fonts-zh-cn"
"""Has Noto Sans SC; the extra `fonts` installs it."""
_ENDINGS = (".ttf", ".otf", ".ttc")
_MOST = 500


def candidates(kind: str, directory: str) -> list[str]:
    """Paths of font files, the most wanted first.

    A file of the very name wins. After it come those that are known to look well, and then all that there are: a
    text in another font is better than none.

    Args:
        kind: FontType of a text watermark: simkai.ttf (Chinese and Latin), arial.ttf (Latin).
        directory: of the setting `fonts_dir`.
    """
    found = sorted(islice(_files(directory), _MOST))
    named = [path for path in found if os.path.basename(path).lower() == kind]  # noqa: PTH119 - these are texts
    known = [OWN, *_of_package()] if kind == "arial.ttf" else [*_of_package(), OWN]
    return list(dict.fromkeys([*named, *known, *found]))


def _of_package() -> list[str]:
    spec = find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        return []
    path = Path(spec.origin).parent / "NotoSansSC-Regular.otf"
    return [str(path)] if path.is_file() else []


def _files(directory: str) -> Iterator[str]:
    if not directory:
        return
    for place, _, names in os.walk(Path(directory).absolute()):
        paths = (Path(place) / name for name in names if name.lower().endswith(_ENDINGS))
        # Links may lead to what the sandbox does not let in.
        yield from (str(path) for path in paths if not path.is_symlink())
