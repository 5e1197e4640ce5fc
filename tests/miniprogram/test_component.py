"""The package for Mini Programs: its types, and the component in the open runtime of Mini Programs on jsdom."""

import re
from pathlib import Path

import pytest

from ..node import copied, node
from ..waiting import PATIENCE

PACKAGE = Path(__file__).parents[2] / "miniprogram"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(PACKAGE, tmp_path_factory.mktemp("npm") / "package")


def test_types_are_right(package: Path) -> None:
    done = node("node_modules/typescript/bin/tsc", cwd=package, timeout=2 * PATIENCE)
    assert done.returncode == 0, done.stdout.decode()


def test_the_component_and_the_uploader_do_what_they_say(package: Path) -> None:
    files = sorted(str(one.relative_to(PACKAGE)) for one in (PACKAGE / "test").glob("*.test.mjs"))
    done = node("--test", *files, cwd=package, timeout=2 * PATIENCE)
    said = done.stdout.decode()
    assert done.returncode == 0, said[-8000:]
    passed = re.search(r"^(?:ℹ|#) pass ([0-9]+)$", said, re.MULTILINE)
    written = [re.findall(r"^ *test\(", (PACKAGE / one).read_text("utf-8"), re.MULTILINE) for one in files]
    assert passed and int(passed[1]) >= sum(map(len, written)) > len(files)


def test_the_package_needs_nothing_else() -> None:
    """Of what a Mini Program loads, modules require modules beside them alone."""
    for module in (PACKAGE / "dist").glob("*.js"):
        for wanted in re.findall(r"require\(([^)]*)\)", re.sub(r"/\*\*.*?\*/", "", module.read_text(), flags=re.S)):
            found = re.fullmatch(r'"\./([a-z-]+)"', wanted)
            assert found and (PACKAGE / "dist" / f"{found[1]}.js").exists(), f"{module.name}: require({wanted})"
