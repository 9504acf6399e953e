"""Running the dbt project: raw tables to staging, core and marts.

Belongs here: how dbt is called and what it answered. Never here: SQL. dbt runs as a child process: called in this one
it is some seconds faster, but keeps the warehouse file open with its own settings, so that nothing else can open it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from warehouse.lock import writer

PROJECT_DIR = Path(__file__).resolve().parent / "dbt"
WAREHOUSE_VARIABLE = "OBSERVATORY_WAREHOUSE"
TIMEOUT_SECONDS = 1800.0


class BuildError(Exception):
    """dbt stopped, or a test of the data failed; the message names the models or tests, one line."""


@dataclass(frozen=True)
class BuildReport:
    """What dbt did: number of nodes by resource type, warnings, and seconds spent in SQL."""

    nodes: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0


def dbt_environment(warehouse_file: Path) -> dict[str, str]:
    """The environment that dbt needs, for this module and for any other caller of the same project."""
    return {WAREHOUSE_VARIABLE: str(warehouse_file), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}


def dbt_parse(warehouse_file: Path, target_dir: Path) -> Path:
    """Write ``manifest.json`` into ``target_dir`` without touching the warehouse, and return its path."""
    _run(["parse"], warehouse_file, target_dir)
    return target_dir / "manifest.json"


def dbt_build(warehouse_file: Path, target_dir: Path, *, unit_tests: bool = False) -> BuildReport:
    """Build every model and run the data tests, holding the writer's lock.

    ``target_dir`` lies outside the package and may be kept between runs: dbt then parses only what changed. Unit tests
    of models belong to the test suite, so they run only when asked for. Raises BuildError.
    """
    command = ["build"] if unit_tests else ["build", "--exclude-resource-type", "unit_test"]
    results = target_dir / "run_results.json"
    with writer(warehouse_file.parent):
        results.unlink(missing_ok=True)
        _run(command, warehouse_file, target_dir)
    return _report(results)


def _run(command: list[str], warehouse_file: Path, target_dir: Path) -> None:
    target_dir.mkdir(parents=True, exist_ok=True)
    places = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR), "--target-path", str(target_dir)]
    quiet = ["--quiet", "--no-use-colors", "--log-path", str(target_dir / "logs"), "--log-level-file", "warn"]
    try:
        done = subprocess.run(
            [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *command, *places, *quiet],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
            env={**os.environ, **dbt_environment(warehouse_file)},
        )
    except subprocess.TimeoutExpired:
        raise BuildError(f"dbt {command[0]}: not done after {TIMEOUT_SECONDS:.0f} s") from None
    if done.returncode:
        raise BuildError(f"dbt {command[0]}: {_problems(target_dir) or _last_line(done.stdout + done.stderr)}")


def _problems(target_dir: Path) -> str:
    """The nodes that failed, with the first line of what they said; empty if dbt wrote no results."""
    try:
        results = json.loads((target_dir / "run_results.json").read_text(encoding="utf-8"))["results"]
    except (OSError, ValueError, KeyError):
        return ""
    failed = [result for result in results if result["status"] in {"error", "fail", "runtime error"}]
    return "; ".join(f"{_name(result)}: {' '.join(str(result['message']).split())[:300]}" for result in failed)


def _report(results_file: Path) -> BuildReport:
    results = json.loads(results_file.read_text(encoding="utf-8"))
    kinds = Counter(result["unique_id"].split(".")[0] for result in results["results"])
    warned = [f"{_name(result)}: {result['message']}" for result in results["results"] if result["status"] == "warn"]
    return BuildReport(dict(sorted(kinds.items())), sorted(warned), float(results["elapsed_time"]))


def _name(result: dict[str, str]) -> str:
    return result["unique_id"].split(".")[2]


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "stopped without a word"
