"""``observatory up``: Dagster (web and daemon) and the dashboards as child processes of one terminal.

Belongs here: starting, watching and stopping them. Never here: what they serve.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from rich.console import Console

from pipelines import dbt_project
from pipelines.runner import INSTANCE_SETTINGS, shown
from state.settings import Settings

BASE = Path(__file__).parents[1]
GRACE_SECONDS = 15


class PortTaken(RuntimeError):
    """A port is in use; the message names it and how to choose another."""


def commands(port: int, dashboard_port: int) -> dict[str, list[str]]:
    """What is started, by name. All of it listens on the loopback address only."""
    workspace = ["-w", str(BASE / "workspace.yaml")]
    return {
        "dagster": [sys.executable, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(port), *workspace],
        "daemon": [sys.executable, "-m", "dagster._daemon", "run", *workspace],
        "dashboards": [
            *(sys.executable, "-m", "streamlit", "run", str(BASE / "dashboards" / "app.py")),
            *("--server.address", "127.0.0.1", "--server.port", str(dashboard_port)),
            *("--server.headless", "true", "--browser.gatherUsageStats", "false"),
        ],
    }


def up(settings: Settings, port: int, dashboard_port: int, out: Console) -> int:
    """Start everything, wait, stop everything. Gives 0 after Ctrl-C, 1 if one of them ended by itself."""
    for wanted in (port, dashboard_port):
        refuse_taken(wanted)
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    logs = home / "logs"
    logs.mkdir(exist_ok=True)
    shutil.copyfile(INSTANCE_SETTINGS, home / "dagster.yaml")
    dbt_project.manifest(settings)  # once, before two processes would parse side by side
    environment = {
        **os.environ,
        **dbt_project.dbt_environment(settings),
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "OBSERVATORY_DATA": str(settings.root),
        "OBSERVATORY_MODE": settings.mode,
    }
    children: dict[str, subprocess.Popen[bytes]] = {}
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell starts background jobs with SIGINT ignored
        signal.signal(number, stop_on_signal)
    try:
        for name, command in commands(port, dashboard_port).items():
            log = (logs / f"{name}.log").open("ab")
            # A session of its own: Ctrl-C reaches only this process, which then stops them in order.
            children[name] = subprocess.Popen(
                command,
                env=environment,
                cwd=BASE,  # where Streamlit finds its theme
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            log.close()
        out.print(f"dashboards  http://127.0.0.1:{dashboard_port}", markup=False)
        out.print(f"dagster     http://127.0.0.1:{port}  (ready after about 20 s)", markup=False)
        out.print(f"logs        {shown(logs)}    Ctrl-C stops all", markup=False)
        while True:
            ended = next((name for name, child in children.items() if child.poll() is not None), None)
            if ended:
                out.print(
                    f"! {ended} ended with code {children[ended].returncode}; see {shown(logs / ended)}.log",
                    markup=False,
                )
                return 1
            time.sleep(0.5)
    except KeyboardInterrupt:
        return 0
    finally:
        stop(children)


def stop_on_signal(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask each process group to end, and end what has not after a grace time: nothing is left behind."""
    for child in children.values():
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children.values():
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(f"port {port} is in use; choose another with --port or --dashboard-port") from None
