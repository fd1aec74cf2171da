"""A process, measured: how long it took, and the most memory it had."""

import os
import subprocess
import time


class TooLong(Exception):
    """A process was ended because it took longer than it may."""


def run(command, *, limit, env=None, cwd=None, stdout=subprocess.DEVNULL, log):
    """Runs a command to its end: its code, seconds, and peak memory in kB. What it says on standard error goes to a file.

    The peak is what the kernel reports of the process itself. It counts at least what this process holds, for the moment
    between fork and exec; that is why nothing large is ever read here.
    """
    with open(log, "wb") as said:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=env, cwd=cwd, stdout=stdout, stderr=said)
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            seconds = time.perf_counter() - began
            if ended:
                break
            if seconds > limit:
                process.kill()
                os.wait4(process.pid, 0)
                process.returncode = -9
                raise TooLong(seconds)
            time.sleep(0.002)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, seconds, usage.ru_maxrss
