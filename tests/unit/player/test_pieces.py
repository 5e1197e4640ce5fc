"""The player's modules in Node, as far as they need no browser: pieces.mjs has the tests."""

from pathlib import Path

from minivod.player.pages import STATIC

from ...node import node

PIECES = Path(__file__).with_name("pieces.mjs")


def test_in_node(tmp_path: Path) -> None:
    done = node("--test-reporter=tap", PIECES, STATIC, cwd=tmp_path, timeout=60)
    said = done.stdout.decode()
    assert done.returncode == 0, said + done.stderr.decode()
    assert "# fail 0" in said and "# pass 7" in said
