"""What `minivod upload` waits for is ended by Ctrl-C at every moment, whichever thread the kernel gives the signal."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from minivod.cli.upload import _interruptible

from ...waiting import PATIENCE


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """Set at the end of the test: threads that wait for it must not outlive it."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """Python's own, also where SIGINT is ignored for whoever runs the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def to_a_worker() -> None:
    """As the kernel does when a thread is just being made: its maker takes the signal of the process."""
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)


def to_the_process() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("send", [to_a_worker, to_the_process])
def test_at_many_moments_while_threads_are_made(send: Callable[[], None], released: threading.Event) -> None:
    unheard = []

    def work(moment: int) -> None:
        """Makes threads as the official uploader does, in any of which the signal may end up."""
        threading.Timer(moment / 4000, send).start()
        for _ in range(moment):
            threading.Thread(target=released.wait, args=[0.01]).start()
        if not released.wait(PATIENCE):
            unheard.append(moment)

    for moment in range(40):
        with pytest.raises(KeyboardInterrupt):
            _interruptible(partial(work, moment))
        assert not unheard


def test_before_the_wait_has_begun(released: threading.Event) -> None:
    unheard = []

    def work() -> None:
        to_a_worker()
        unheard.append(not released.wait(PATIENCE))

    for _ in range(40):
        with pytest.raises(KeyboardInterrupt):
            _interruptible(work)
        assert not unheard


def test_what_the_work_gives_and_raises_is_passed_on() -> None:
    assert _interruptible(lambda: 1) == 1
    for error in (TimeoutError("slow"), SystemExit(3)):

        def fail(error: BaseException = error) -> None:
            raise error

        with pytest.raises(type(error)) as raised:
            _interruptible(fail)
        assert raised.value is error
