"""The program `minivod`: hears the signals that shall end it, and runs its command."""

import gc
import signal
import sys
import threading
from types import FrameType

from minivod.media.confine import hear_signals

_NEW_OBJECTS = 10_000
"""So many more there must be before garbage is looked for. With Python's own 700 that is done hundreds of times while
libraries are loaded, which stay for ever: almost a tenth of the processor time that the API takes to start."""

_A_MOMENT = 0.01
"""Seconds in which a finalizer has most likely ended."""


def main() -> None:
    """Entry point of the console script."""
    be_ended_by_signals()
    gc.set_threshold(_NEW_OBJECTS)
    try:
        from minivod.cli import app  # takes a moment, in which a signal must count already

        app()
    except KeyboardInterrupt:  # before the command had begun, or after it
        sys.exit(128 + signal.SIGINT)
    finally:
        gc.freeze()  # else the interpreter looks through all of its memory before it gives it back: half a second


def be_ended_by_signals() -> None:
    """Ctrl-C and its like end the command with all its `with` blocks; servers install handlers of their own later.

    Python itself does not listen to a signal that was ignored when it was started.
    """
    hear_signals()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # else `nohup` was told that the end of a terminal is none
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    sys.unraisablehook = _be_told_again


def _be_told_again(lost: "sys.UnraisableHookArgs") -> None:
    """A signal that came where Python drops exceptions is heard a moment later.

    Such places are finalizers and callbacks of weak references, of which the loading of every module has one.
    """
    ended = issubclass(lost.exc_type, KeyboardInterrupt | SystemExit)
    if not ended or threading.current_thread() is not threading.main_thread():
        sys.__unraisablehook__(lost)
    elif not sys.is_finalizing():
        number = signal.SIGINT if issubclass(lost.exc_type, KeyboardInterrupt) else signal.SIGTERM
        signal.signal(signal.SIGALRM, lambda _, frame: _tell(number, frame))
        signal.setitimer(signal.ITIMER_REAL, _A_MOMENT)


def _tell(number: signal.Signals, interrupted: FrameType | None) -> None:
    while interrupted is not None and interrupted.f_code is not _be_told_again.__code__:
        interrupted = interrupted.f_back
    if interrupted is None:
        signal.raise_signal(number)
    else:  # a busy machine has not got out of it yet
        signal.setitimer(signal.ITIMER_REAL, _A_MOMENT)


if __name__ == "__main__":
    main()
