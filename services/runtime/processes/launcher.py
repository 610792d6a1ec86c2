"""A script between a parent and the command it wants: drops rights, ties the command's life to the parent's.

A script of its own, rather than code between fork and exec of the parent, because that code would run in a
copy of a program with threads, where any lock may be held for ever. It imports nothing of Essor: it starts in
hundredths of a second, and before it gives up root's rights it has read all it needs.

Called as `launcher.py DESCRIPTOR COMMAND...`: reads from it the JSON that `children.start_child` writes.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any, NoReturn

PR_SET_PDEATHSIG = 1
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
CANNOT_RUN = 126


def drop_rights(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def ask_kernel_for_signal(death_signal: int, parent: int) -> None:
    """After the change of user, which clears it; the parent may have died meanwhile: hence the check."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        sys.exit(CANNOT_RUN)


def restore_signals() -> None:
    """Python ignores these two, and a program inherits what is ignored."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def watch(command: list[str], environment: Mapping[str, str], lifeline: int, death_signal: int) -> int:
    """Where the kernel offers no such signal: stays, and sends it when the parent's end closes."""
    started: subprocess.Popen[bytes] | None = None
    early: list[int] = []  # a signal that came before there was anybody to pass it on to

    def pass_on(received: int, _frame: object) -> None:
        if started is None:
            early.append(received)
        else:
            started.send_signal(received)

    for number in FORWARDED:
        signal.signal(number, pass_on)
    child = started = subprocess.Popen(command, env=environment)  # noqa: S603 - our own parent's command
    for received in early:
        child.send_signal(received)

    def signal_when_parent_is_gone() -> None:
        os.read(lifeline, 1)
        child.send_signal(death_signal)

    threading.Thread(target=signal_when_parent_is_gone, daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


def main() -> NoReturn:
    with os.fdopen(int(sys.argv[1])) as pipe:
        orders: dict[str, Any] = json.load(pipe)
    environment = os.environ if orders["environment"] is None else orders["environment"]
    command = sys.argv[2:]
    if orders["user"] is not None:
        drop_rights(*orders["user"])
    if orders["lifeline"] is not None:
        sys.exit(watch(command, environment, orders["lifeline"], orders["death_signal"]))
    ask_kernel_for_signal(orders["death_signal"], orders["parent"])
    restore_signals()
    os.execvpe(command[0], command, environment)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    try:
        main()
    except OSError as failure:
        print(f"{sys.argv[2]}: {failure}", file=sys.stderr)  # noqa: T201 - a script's own error
        sys.exit(CANNOT_RUN)
