"""What benchmarks need that measure programs in turn."""

import os
import statistics
import subprocess
import sys
import time

from processes import peak_memory


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, **options):
    """Runs to the end; on failure says what it printed and leaves."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-4000:]}exit code {done.returncode}")
    return done


def measure(command, work, watch_memory=False):
    """Seconds of wall and CPU time and, if asked for, the peak of memory in bytes."""
    log = open(work / "contestant.log", "w+")
    start = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    peak = peak_memory(process) if watch_memory else 0
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        log.seek(0)
        sys.exit(f"{command[0]} failed ({process.returncode}):\n{log.read()[-4000:]}")
    log.close()
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak": peak}


def frame_count(path):
    out = run(["ffprobe", "-v", "error", "-select_streams", "v", "-count_packets", "-show_entries",
               "stream=nb_read_packets", "-of", "csv=p=0", path]).stdout
    return int(out.strip().rstrip(","))


def spread(values):
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"
