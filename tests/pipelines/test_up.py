"""``observatory up`` and ``observatory health``: started, watched and stopped as a whole, with nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest
from rich.console import Console

from pipelines import health, up

OBSERVATORY = [sys.executable, "-m", "pipelines.cli"]
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def offspring(pid: int) -> set[int]:
    """Every process below one, by /proc."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found |= {int(child)} | offspring(int(child))
    return found


def all_gone(pids: set[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(is_running(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def is_running(pid: int) -> bool:
    """False for a process that ended, also while nobody has collected it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
def test_up_serves_all_says_it_is_well_and_leaves_nothing_behind(sample_run: Path, tmp_path: Path) -> None:
    port, dashboard_port = free_port(), free_port()
    ports = ["--port", str(port), "--dashboard-port", str(dashboard_port)]
    code = ["--code-port", str(free_port())]
    environment = {**os.environ, "OBSERVATORY_DATA": str(sample_run)}
    said = tmp_path / "said.txt"
    with said.open("wb") as output:
        process = subprocess.Popen([*OBSERVATORY, "up", *ports, *code], env=environment, cwd=ROOT, stdout=output)
    try:
        deadline = time.monotonic() + 150
        while "dashboards ok · dagster ok · daemon ok · release" not in said.read_text(encoding="utf-8"):
            assert process.poll() is None, said.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, said.read_text(encoding="utf-8")
            time.sleep(0.5)
        assert answers(port)
        assert answers(dashboard_port)
        asked = subprocess.run([*OBSERVATORY, "health", *ports], env=environment, cwd=ROOT, capture_output=True)
        assert asked.returncode == 0, asked.stdout
        other = [
            "up",
            "--port",
            str(free_port()),
            "--dashboard-port",
            str(free_port()),
            "--code-port",
            str(free_port()),
        ]
        second = subprocess.run([*OBSERVATORY, *other], env=environment, cwd=ROOT, capture_output=True, text=True)
        assert second.returncode == 1
        assert "is running for these data already" in second.stderr
        mutation = f"http://127.0.0.1:{port}/graphql?query=mutation%7Bx%7D"
        with pytest.raises(urllib.error.HTTPError, match="403"):  # Dagster itself would do it
            urllib.request.urlopen(mutation, timeout=10)
        children = offspring(process.pid)
        assert len(children) >= 4
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0
        assert all_gone(children, 15)
    finally:
        process.kill()
        process.wait()


def test_a_service_that_ends_leaves_no_process_of_its_own(tmp_path: Path) -> None:
    script = "import subprocess, sys; subprocess.Popen(['sleep', '60']); sys.exit(3)"
    child = up.started([sys.executable, "-c", script], dict(os.environ), tmp_path / "log")
    child.wait(20)
    assert up.signalled(child.pid, 0), "the grandchild should be alive"
    up.stop({"service": child})
    deadline = time.monotonic() + 5
    while up.signalled(child.pid, 0):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_services_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys, time; from pathlib import Path; from pipelines import up\n"
        "signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"  # as the command does: whoever started us may ignore it
        f"child = up.started(['sleep', '60'], dict(os.environ), Path({str(tmp_path / 'log')!r}))\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    assert is_running(pid)
    process.kill()
    process.wait()
    process.stdout.close()
    assert all_gone({pid}, 30)


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(up.PortTaken, match=str(port)):
            up.refuse_taken("127.0.0.1", port)


def test_one_daemon_for_one_data_folder(tmp_path: Path) -> None:
    with ExitStack() as first, ExitStack() as second:
        up.alone(tmp_path / "daemon.lock", first)
        with pytest.raises(up.AlreadyUp, match="daemon is running"):
            up.alone(tmp_path / "daemon.lock", second)
    with ExitStack() as third:
        up.alone(tmp_path / "daemon.lock", third)


def test_health_is_said_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states = iter(
        [
            health.Health({"dagster": "not answering"}, None, ()),
            health.Health({"dagster": "not answering"}, None, ()),
            health.Health({"dagster": "ok"}, "r1", ("cssf_publications",)),
        ]
    )
    monkeypatch.setattr(up, "HEALTH_SECONDS", 0)
    with (tmp_path / "out").open("w") as file:
        line = up.HealthLine(Console(file=file, width=200), lambda: next(states), complete=True)
        for _ in range(3):
            line.tick()
    lines = (tmp_path / "out").read_text().splitlines()
    assert [text.split("    ")[1] for text in lines] == [
        "dagster not answering · no release yet",
        "dagster ok · release r1 · in trouble: cssf_publications",
    ]


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (None, "not known"),
        (b"<html>", "not known"),
        (b'{"data": null}', "not known"),
        (b'{"data":{"instance":{"daemonHealth":{"allDaemonStatuses":[]}}}}', "ok"),
        (
            b'{"data":{"instance":{"daemonHealth":{"allDaemonStatuses":['
            b'{"daemonType":"SENSOR","required":true,"healthy":false},'
            b'{"daemonType":"BACKFILL","required":false,"healthy":false}]}}}}',
            "silent (sensor)",
        ),
    ],
)
def test_what_dagster_says_of_its_daemon(body: bytes | None, state: str) -> None:
    assert health.daemon_state(body) == state


def test_health_without_services_fails(tmp_path: Path) -> None:
    ports = ["--port", str(free_port()), "--dashboard-port", str(free_port())]
    command = [*OBSERVATORY, "--data", str(tmp_path), "health", *ports]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1
    assert "dashboards not answering · dagster not answering · daemon not known" in done.stdout
