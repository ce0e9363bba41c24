"""Families of processes, for tests and benchmarks."""

from pathlib import Path


def descendants(pid):
    """All processes that a process started, and that these started."""
    found, todo = [], [pid]
    while todo:
        for children in Path(f"/proc/{todo.pop()}/task").glob("*/children"):
            try:
                pids = [int(child) for child in children.read_text().split()]
            except OSError:
                continue
            found += pids
            todo += pids
    return found
