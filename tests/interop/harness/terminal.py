"""Runs a command at a terminal of its own and answers its questions as a person does.

Arguments: the command. Standard input: one line per question. Each is typed once the terminal shows
nothing any more, so that what is shown of it is the command's doing. Prints what the terminal showed.
"""

import os
import pty
import sys
import termios
import time

PATIENCE_SECONDS = 30


def main() -> int:
    lines = sys.stdin.buffer.read().splitlines(keepends=True)
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.argv[1], sys.argv[1:])
    shown = b""
    for line in lines:
        asked = len(shown)
        while not shown[asked:].endswith(b": "):
            shown += os.read(terminal, 1024)
        until = time.monotonic() + PATIENCE_SECONDS
        while termios.tcgetattr(terminal)[3] & termios.ECHO and time.monotonic() < until:
            time.sleep(0.01)
        os.write(terminal, line)
    try:
        while some := os.read(terminal, 1024):
            shown += some
    except OSError:
        pass  # Linux says so that the other end is closed.
    sys.stdout.buffer.write(shown)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


sys.exit(main())
