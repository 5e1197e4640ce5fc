"""Which worker of pytest-xdist gets which tests: a file as a whole, long ones first, and users of one server together.

Without it the longest files, which have few tests, come last, and all workers but one wait for them.
"""

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

SHARED_SERVER = (
    "bench", "health", "start", "keys", "doctor", "upload_command", "proxy_host", "users", "formats", "processing",
    "procedures", "task_commands", "library", "distribution", "reviewer", "usage", "players", "demo", "readme",
)  # fmt: skip
"""The files of `e2e` that use the one server of their worker: in other hands another one would have to be started.

First those that want to find it without work to do, and last the one that leaves some.
"""

LONGEST_FIRST = (
    *(f"tests/e2e/test_{name}.py" for name in SHARED_SERVER),
    "tests/crash/test_workers.py",
    "tests/sdk/test_journey.py",
    "tests/sdk/test_ugc.py",
    "tests/e2e/test_signals.py",
    "tests/security/test_results_unreachable.py",
    "tests/crash/test_chaos.py",
    "tests/crash/test_steps.py",
    "tests/e2e/test_stop.py",
    "tests/unit/review/test_disguises.py",
    "tests/wire/test_isolation.py",
    "tests/contract/test_examples.py",
    "tests/security/test_unreachable.py",
    "tests/unit/bench/test_bench.py",
    "tests/e2e/test_parts.py",
    "tests/storage/test_s3.py",
    "tests/wire/test_fuzz.py",
    "tests/wire/test_playback.py",
    "tests/e2e/test_recovery.py",
    "tests/unit/cos/test_memory.py",
    "tests/storage/test_references.py",
    "tests/storage/test_playback_load.py",
    "tests/unit/media/test_frames.py",
    "tests/unit/review/test_text.py",
    "tests/unit/publishing/test_outcomes.py",
    "tests/unit/publishing/test_publisher.py",
    "tests/security/media/test_bombs.py",
    "tests/unit/cos/test_endpoint.py",
    "tests/storage/test_full_disk.py",
    "tests/unit/media/encode/test_sources.py",
    "tests/unit/media/encode/test_containers.py",
    "tests/unit/review/test_run.py",
    "tests/contract/test_journey.py",
    "tests/unit/review/test_second_look.py",
    "tests/unit/media/test_probe.py",
    "tests/unit/cli/test_review.py",
    "tests/unit/cli/test_imports.py",
    "tests/unit/media/test_sampling.py",
    "tests/unit/media/test_headers.py",
    "tests/architecture/test_layers.py",
)


class LongestFirst(LoadScopeScheduling):  # type: ignore[misc]
    """Gives out files in the order in which they are collected."""

    def schedule(self) -> None:
        """See the base class, which would sort by the number of tests."""
        self.config.option.loadscopereorder = False
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "the shared server" if file in LONGEST_FIRST[: len(SHARED_SERVER)] else file


def place(nodeid: str) -> int:
    """Where the test's file stands above; behind all of them when it does not."""
    file = nodeid.split("::", 1)[0]
    return LONGEST_FIRST.index(file) if file in LONGEST_FIRST else len(LONGEST_FIRST)
