"""The files of a real installation name what is there: services, commands, lock files, settings."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.up import SERVICES

ROOT = Path(__file__).parents[1]
UNITS = ROOT / "deploy" / "systemd"


def directives(unit: Path) -> list[tuple[str, str]]:
    lines = [line for line in unit.read_text(encoding="utf-8").splitlines() if "=" in line and line[0] not in "#;"]
    return [(name, value) for name, _, value in (line.partition("=") for line in lines)]


def test_the_target_starts_every_service() -> None:
    wanted = dict(directives(UNITS / "observatory.target"))["Wants"].split()
    assert sorted(wanted) == sorted(f"observatory@{name}.service" for name in SERVICES)


def test_a_service_keeps_few_rights_and_its_secrets_apart() -> None:
    unit = dict(directives(UNITS / "observatory@.service"))
    assert unit["ExecStart"].endswith("observatory --data /var/lib/observatory up --only %i")
    assert unit["User"] == "observatory"
    assert unit["ProtectSystem"] == "strict"
    assert unit["NoNewPrivileges"] == "yes"
    assert unit["EnvironmentFile"] == "/etc/observatory/environment"
    assert unit["StateDirectory"] == "observatory"  # the one folder that may be written, and the one of --data


def test_the_data_folder_holds_whatever_the_environment_file_says(tmp_path: Path) -> None:
    """The example has OBSERVATORY_DATA; installed as the services' environment it must not move their data."""
    environment = dict(
        line.partition("=")[::2] for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line
    )
    assert environment["OBSERVATORY_DATA"] == "data"
    command = [sys.executable, "-m", "pipelines.cli", "--data", str(tmp_path / "there"), "digest", "preview"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True)
    assert str(tmp_path / "there") in done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_reads_the_units() -> None:
    files = [str(path) for path in sorted(UNITS.iterdir())]
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if "observatory" in line]
    assert [line for line in lines if "is not executable" not in line] == []  # it is not installed here


def test_the_container_copies_what_exists_and_runs_as_nobody_special() -> None:
    text = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M) for name in line.split()]
    assert copied
    assert all((ROOT / name).exists() for name in copied)
    assert re.search(r"^USER observatory$", text, re.M)
    assert all("/" not in image for image in re.findall(r"^FROM (\S+)", text, re.M)), "an image names a registry"
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {"data", ".env", ".git", ".venv"} <= set(ignored)
