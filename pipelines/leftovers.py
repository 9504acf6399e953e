"""Runs whose process is gone: told from those that live, ended, and their pool slots freed.

Belongs here: that decision. Never here: starting anything again; a retry is the conditions' business.

Dagster itself learns of a killed run only after hours (``max_runtime_seconds``): its default launcher has no health
check. A run of ours is one process, which is asked for: by the lock that a run of the command line holds while it
lives, or by the process number that the executor writes into the run's log, and the time when that process began.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout

from state.settings import Settings

ALIVE = "observatory/alive"  # tag of a run: name of the lock file that its process holds while it lives
CLOCK_SECONDS = 2.0  # the start of the machine is known to the second
STARTING_SECONDS = 120  # a run this young may not have written its process number yet


def end_dead_runs(instance: dg.DagsterInstance, settings: Settings) -> list[str]:
    """Report every started run without a process as failed and free its slots; gives their ids."""
    begun = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    ended = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=begun)):
        run = record.dagster_run
        if not is_dead(instance, settings, run, record.create_timestamp.timestamp()):
            continue
        instance.report_run_failed(run, "The process of this run was killed.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        ended.append(run.run_id)
    return ended


def is_dead(instance: dg.DagsterInstance, settings: Settings, run: dg.DagsterRun, created: float) -> bool:
    name = run.tags.get(ALIVE)
    if name is not None:
        lock = settings.dagster_home / "alive" / Path(name).name
        if not is_free(lock):
            return False
        lock.unlink(missing_ok=True)
        return True
    process = process_of(instance, run.run_id)
    if process is None:
        return time.time() - created > STARTING_SECONDS
    return not runs_on(*process)


def process_of(instance: dg.DagsterInstance, run_id: str) -> tuple[int, float] | None:
    """The process number that the executor noted, and when (seconds since 1970); None if it has not begun."""
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        metadata = event.engine_event_data.metadata if event and event.engine_event_data else {}
        found = metadata.get("pid")
        if found is not None and str(found.value).isdecimal():
            pid = int(str(found.value))
            if event is not None and "Executing steps" in (event.message or ""):
                return pid, entry.timestamp
    return None


def runs_on(pid: int, noted: float) -> bool:
    """Whether the process that noted its number then still lives.

    A zombie, which only waits for its parent to notice, does not; nor is one that began later the same process: in a
    container that was started again the same few numbers are given out.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/stat").read_text(encoding="ascii", errors="replace").partition("\nbtime ")[2].split()[0]
    except (OSError, IndexError):
        return True  # no such file system: the signal's word stands
    fields = status.rpartition(")")[2].split()  # from the third on, proc_pid_stat(5): state, ... the 22nd: start
    began = int(boot) + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return fields[0] != "Z" and began <= noted + CLOCK_SECONDS


def is_free(path: Path) -> bool:
    """Whether nobody holds a lock file; the system lets go of a lock when its process dies."""
    try:
        with FileLock(path, blocking=False):
            return True
    except Timeout:
        return False
