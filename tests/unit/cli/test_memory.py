"""The memory that this process may have, by files as the kernel writes them."""

from pathlib import Path

import pytest

from minivod.cli import memory

MIB = 1024 * 1024


def limited(root: Path, memberships: str, **files: str) -> int:
    """What is allowed; of file names, `__` stands for a slash."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(memberships)
    for name, content in files.items():
        file = root / "sys/fs/cgroup" / name.replace("__", "/").replace("memory_", "memory.")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return memory.allowed(root)


def test_of_the_machine(tmp_path: Path) -> None:
    [kib] = [line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal:")]
    assert memory.allowed(tmp_path) == int(kib) * 1024


@pytest.mark.parametrize(
    ("memberships", "files"),
    [
        ("0::/\n", {"memory_max": f"{64 * MIB}\n"}),
        ("0::/a/b\n", {"a__b__memory_max": f"{64 * MIB}\n", "a__memory_max": "max\n", "memory_max": "max\n"}),
        ("0::/a/b\n", {"a__b__memory_max": "max\n", "a__memory_max": f"{64 * MIB}\n"}),
        ("0::/a/b\n", {"a__b__memory_max": f"{65 * MIB}\n", "a__memory_max": f"{64 * MIB}\n"}),
        ("5:cpu,memory:/docker/1\n", {"memory__docker__1__memory_limit_in_bytes": f"{64 * MIB}\n"}),
        ("5:memory:/not/seen\n0::/\n", {"memory__memory_limit_in_bytes": f"{64 * MIB}\n"}),
    ],
)
def test_of_a_control_group(tmp_path: Path, memberships: str, files: dict[str, str]) -> None:
    assert limited(tmp_path, memberships, **files) == 64 * MIB


@pytest.mark.parametrize(
    ("memberships", "files"),
    [
        ("0::/\n", {"memory_max": "max\n"}),
        ("0::/a\n", {"memory_max": "nonsense"}),
        ("4:cpu:/a\n", {"memory__a__memory_limit_in_bytes": "1\n", "a__memory_max": "1\n"}),
        ("4:memory:/\n", {"memory__memory_limit_in_bytes": "9223372036854771712\n"}),
        ("nonsense", {"memory_max": "1\n"}),
    ],
)
def test_of_none(tmp_path: Path, memberships: str, files: dict[str, str]) -> None:
    assert limited(tmp_path, memberships, **files) == memory.allowed(tmp_path / "nothing")
