"""The program `minivod`: hears the signals that shall end it, and runs its command."""

import gc
import signal
import sys
import threading

from minivod.media.confine import hear_signals

_NEW_OBJECTS = 10_000
"""So many more there must be before garbage is looked for. With Python's own 700 that is done hundreds of times while
libraries are loaded, which stay for ever: almost a tenth of the processor time that the API takes to start."""

_A_CALLBACK = 0.01
"""Seconds after which a callback has most likely ended; if not, its signal is sent once more."""


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
    """A signal that came where Python drops exceptions is sent again.

    Such places are finalizers and callbacks of weak references, of which the loading of every module has one.
    """
    if not issubclass(lost.exc_type, KeyboardInterrupt | SystemExit):
        sys.__unraisablehook__(lost)
        return
    number = signal.SIGINT if issubclass(lost.exc_type, KeyboardInterrupt) else signal.SIGTERM
    # Not at once: the callback has not ended yet.
    again = threading.Timer(_A_CALLBACK, signal.pthread_kill, (threading.main_thread().ident, number))
    again.daemon = True
    again.start()


if __name__ == "__main__":
    main()
