"""A signal that asks for the end is heard at whatever moment it comes."""

import sys

from minivod.media.sandbox import run_trusted

MOMENTS = """
import os, random, signal, sys, threading, time
from minivod.cli.supervisor import stop_on_signals

def ask():
    for _ in range(random.randrange(300)):
        pass
    os.kill(os.getpid(), signal.SIGTERM)

sys.setswitchinterval(1e-5)
for _ in range(int(sys.argv[1])):
    stopping = stop_on_signals()
    asking = threading.Thread(target=ask)
    asking.start()
    while not stopping.wait(0.0):
        pass
    asking.join()
print("heard")
"""


def test_a_signal_in_the_middle_of_a_wait_is_heard() -> None:
    """Its handler must not want what the wait holds: a server that was told to end hung for ever."""
    done = run_trusted([sys.executable, "-c", MOMENTS, "400"], timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"heard\n", b"")
