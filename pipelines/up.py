"""``observatory up``: Dagster (code, web, daemon) and the dashboards as child processes of one terminal.

The definitions are served by a process of their own: left to themselves, web interface and daemon load them once each,
and the daemon anew every minute, which is most of what an idle observatory would compute.

Belongs here: starting, watching and stopping them. Never here: what they serve, or how their health is asked
(health.py).
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import yaml
from filelock import FileLock, Timeout
from rich.console import Console

from pipelines import dbt_project, health
from pipelines.runner import INSTANCE_SETTINGS, shown
from state.settings import Settings

BASE = Path(__file__).parents[1]
LOOPBACK = "127.0.0.1"
LOCATION = "observatory"  # as in workspace.yaml: the history of runs and ticks hangs on the name
WORKSPACE = "workspace.yaml"  # beside dagster.yaml
GRACE_SECONDS = 15
START_SECONDS = 60
HEALTH_SECONDS = 15
MAX_LOG_BYTES = 20 * 1024 * 1024  # a larger one is set aside at the next start
PR_SET_PDEATHSIG = 1
SECRETS = frozenset({"OBSERVATORY_SMTP_PASSWORD", "OBSERVATORY_OPENALEX_KEY"})


class PortTaken(RuntimeError):
    """A port is in use; the message names it and how to choose another."""


class AlreadyUp(RuntimeError):
    """The same data are served already: a second daemon would start every run twice."""


def commands(host: str, port: int, dashboard_port: int, code_port: int, workspace: Path) -> dict[str, list[str]]:
    """What is started, by name, in this order."""
    served = ["-w", str(workspace)]
    return {
        "code": [
            *(sys.executable, "-m", "dagster", "api", "grpc", "-m", "pipelines.definitions"),
            *("--host", LOOPBACK, "--port", str(code_port), "--location-name", LOCATION),
        ],
        "dagster": [sys.executable, "-m", "pipelines.webserver", "-h", host, "-p", str(port), *served],
        "daemon": [sys.executable, "-m", "dagster._daemon", "run", *served],
        "dashboards": [
            *(sys.executable, "-m", "streamlit", "run", str(BASE / "dashboards" / "app.py")),
            *("--server.address", host, "--server.port", str(dashboard_port)),
            *("--server.headless", "true", "--browser.gatherUsageStats", "false"),
        ],
    }


SERVICES = ("code", "dagster", "daemon", "dashboards")


def up(
    settings: Settings,
    out: Console,
    *,
    host: str = LOOPBACK,
    port: int = 3000,
    dashboard_port: int = 8501,
    code_port: int = 4266,
    only: Iterable[str] = SERVICES,
) -> int:
    """Start the services, watch them, stop them all. Gives 0 after Ctrl-C, 1 if one of them ended by itself.

    Raises :class:`PortTaken` and :class:`AlreadyUp`. ``only`` is for machines where another supervisor starts each
    service by itself (``deploy/systemd``).
    """
    home, wanted = settings.dagster_home, set(only)
    every = commands(host, port, dashboard_port, code_port, home / WORKSPACE)
    chosen = {name: command for name, command in every.items() if name in wanted}
    for name, (address, number) in {
        "code": (LOOPBACK, code_port),
        "dagster": (host, port),
        "dashboards": (host, dashboard_port),
    }.items():
        if name in chosen:
            refuse_taken(address, number)
    logs = home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell starts background jobs with SIGINT ignored
        signal.signal(number, stop_on_signal)
    children: dict[str, subprocess.Popen[bytes]] = {}
    with ExitStack() as locks:
        for name in chosen:
            alone(home / f"{name}.lock", locks)
        try:
            environment = prepared(settings, code_port)
            for name, command in chosen.items():
                # A service alone has its supervisor's own output, which is where another supervisor keeps its log.
                log = logs / f"{name}.log" if len(chosen) > 1 else None
                children[name] = started(
                    command, without_secrets(environment) if name == "dashboards" else environment, log
                )
            if "dashboards" in chosen:
                out.print(f"dashboards  http://{host}:{dashboard_port}", markup=False)
            if "dagster" in chosen:
                out.print(f"dagster     http://{host}:{port}  (ready after about 20 s)", markup=False)
            if len(chosen) > 1:
                out.print(f"logs        {shown(logs)}    Ctrl-C stops all", markup=False)
            report = HealthLine(out, lambda: health.check(settings, port, dashboard_port), len(chosen) == len(SERVICES))
            return watched(children, logs, out, report)
        except KeyboardInterrupt:
            return 0
        finally:
            stop(children)


def prepared(settings: Settings, code_port: int) -> dict[str, str]:
    """Instance settings, workspace and dbt manifest in place; the environment of the services."""
    home = settings.dagster_home
    shutil.copyfile(INSTANCE_SETTINGS, home / "dagster.yaml")
    server = {"host": LOOPBACK, "port": code_port, "location_name": LOCATION}
    (home / WORKSPACE).write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}), encoding="utf-8")
    dbt_project.manifest(settings)  # once, before two processes would parse side by side
    return {
        **os.environ,
        **dbt_project.dbt_environment(settings),
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "OBSERVATORY_DATA": str(settings.root),
        "OBSERVATORY_MODE": settings.mode,
    }


def wait_for(host: str, port: int, child: subprocess.Popen[bytes]) -> None:
    """Until a service takes connections, has ended, or a minute has passed."""
    deadline = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((host, port)) == 0:
                return
        time.sleep(0.2)


def without_secrets(environment: dict[str, str]) -> dict[str, str]:
    """The environment of a service that reads releases only."""
    return {name: value for name, value in environment.items() if name not in SECRETS}


def started(command: list[str], environment: dict[str, str], log: Path | None) -> subprocess.Popen[bytes]:
    """A service in a session of its own: Ctrl-C reaches only this process, which then stops them in order."""
    with ExitStack() as files:
        if log is not None and log.exists() and log.stat().st_size > MAX_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        lines = files.enter_context(log.open("ab")) if log is not None else None
        return subprocess.Popen(
            command,
            env=environment,
            cwd=BASE,  # where Streamlit finds its theme
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
            start_new_session=True,
            preexec_fn=ends_with_parent() if sys.platform == "linux" else None,
        )


def ends_with_parent() -> Callable[[], None]:
    """What a child calls before it becomes a service: the kernel ends it when this process is killed."""
    library = ctypes.CDLL(None)  # loaded here: after the fork as little as possible may happen

    def ask() -> None:
        library.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask


def watched(children: dict[str, subprocess.Popen[bytes]], logs: Path, out: Console, report: HealthLine) -> int:
    """Until one of the services ends by itself: then 1. Ctrl-C and SIGTERM leave as KeyboardInterrupt."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                out.print(f"! {name} ended with code {child.returncode}; its log: {shown(logs)}", markup=False)
                return 1
        report.tick()
        time.sleep(0.5)


class HealthLine:
    """The health of the services, said when it changes: one line a change on a terminal and in a log alike."""

    def __init__(self, out: Console, ask: Callable[[], health.Health], complete: bool) -> None:
        self._out, self._ask, self._complete = out, ask, complete
        self._next, self._said = 0.0, ""

    def tick(self) -> None:
        """Ask if it is time to, and print what is new."""
        if not self._complete or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + HEALTH_SECONDS
        line = self._ask().line()
        if line != self._said:
            self._out.print(f"{health.now_text()}    {line}", markup=False)
            self._said = line


def stop_on_signal(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask each process group to end, and end what has not after a grace time: nothing is left behind."""
    # A second Ctrl-C must not leave half of them running.
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTERM, signal.SIGINT)}
    for child in children.values():
        signalled(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children.values():
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    # A service may be gone before the processes that it started: code servers, runs under way.
    while any(signalled(child.pid, 0) for child in children.values()) and time.monotonic() < deadline:
        time.sleep(0.1)
    for child in children.values():
        signalled(child.pid, signal.SIGKILL)
    for number, handler in before.items():
        signal.signal(number, handler)


def signalled(group: int, number: int) -> bool:
    """Send a signal to a process group; False when nobody is left in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def alone(path: Path, locks: ExitStack) -> None:
    """Hold a lock while a service runs; the operating system lets go of it when this process dies."""
    try:
        locks.enter_context(FileLock(path, blocking=False))
    except Timeout:
        raise AlreadyUp(
            f"{path.stem} is running for these data already ({shown(path.parent.parent)}); stop it first"
        ) from None


def refuse_taken(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise PortTaken(f"port {port} is in use; choose another with --port or --dashboard-port") from None
