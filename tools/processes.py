"""Families of processes, for tests and benchmarks."""

import os
import re
import select
from pathlib import Path


def descendants(pid):
    """All processes that a process started, and that these started."""
    found, todo = [], [pid]
    while todo:
        tasks = f"/proc/{todo.pop()}/task"
        try:
            threads = os.listdir(tasks)
        except OSError:  # it has ended
            continue
        for thread in threads:
            try:
                pids = [int(child) for child in Path(tasks, thread, "children").read_text().split()]
            except OSError:
                continue
            found += pids
            todo += pids
    return found


def family(pid):
    return [pid, *descendants(pid)]


def memory_of(pids):
    """Proportional set size of all together, in bytes: shared pages are counted once."""
    total = 0
    for process in pids:
        try:
            total += int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.M)[1])
        except (OSError, TypeError):
            pass
    return total * 1024


def peak_memory(process, members=family, every_ms=20):
    """Of the processes that `members` finds, until a process (subprocess.Popen) ends; it is not waited for."""
    end = os.pidfd_open(process.pid)
    poll = select.poll()
    poll.register(end, select.POLLIN)
    peak = 0
    while not poll.poll(every_ms):
        peak = max(peak, memory_of(members(process.pid)))
    os.close(end)
    return peak
