"""The dbt project as Dagster needs it: a manifest, parsed once for each state of the project, and its environment.

Belongs here: where artifacts go, when the manifest is stale. Never here: models, or how dbt is called (``warehouse``).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from state.settings import Settings
from warehouse import build


def dbt_executable() -> str:
    """dbt of this environment, also when its folder is not on the path."""
    return str(Path(sys.executable).with_name("dbt"))


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Variables the project's profile reads; everything dbt writes lands under the data root."""
    logs = settings.dagster_home / "dbt" / "logs"
    return {**build.dbt_environment(settings.warehouse_file), "DBT_LOG_PATH": str(logs), "DO_NOT_TRACK": "1"}


def export_environment(settings: Settings) -> None:
    """Set dbt's variables for this process, because dagster-dbt hands its own environment to dbt."""
    os.environ.update(dbt_environment(settings))


def target_dir(settings: Settings) -> Path:
    """Compiled SQL and artifacts, one folder for each state of the project."""
    digest = hashlib.sha256()
    for path in sorted(build.PROJECT_DIR.rglob("*")):
        if path.suffix in {".sql", ".yml", ".csv"} and "target" not in path.parts:
            digest.update(path.relative_to(build.PROJECT_DIR).as_posix().encode() + b"\0" + path.read_bytes())
    return settings.dagster_home / "dbt" / digest.hexdigest()[:12]


def manifest(settings: Settings) -> Path:
    """The project's ``manifest.json``; parses the project when there is none yet for its present state.

    Raises ``warehouse.build.BuildError``. A lock keeps two processes from parsing into one folder (dagster 33380).
    """
    target = target_dir(settings)
    path = target / "manifest.json"
    target.mkdir(parents=True, exist_ok=True)
    with FileLock(target / ".lock"):
        if not path.exists():
            build.dbt_parse(settings.warehouse_file, target)
    return path


@contextmanager
def run_target(settings: Settings, run_id: str) -> Iterator[Path]:
    """A target folder for one run, gone after it; it starts with the parsed project: dbt need not parse again."""
    folder = target_dir(settings) / "runs" / run_id
    folder.mkdir(parents=True, exist_ok=True)
    parsed = target_dir(settings) / "partial_parse.msgpack"
    if parsed.exists():
        shutil.copyfile(parsed, folder / parsed.name)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def source_tables(settings: Settings) -> dict[str, str]:
    """The raw tables that the project reads, with their descriptions."""
    nodes = json.loads(manifest(settings).read_text(encoding="utf-8"))["sources"].values()
    return {node["name"]: node["description"] for node in sorted(nodes, key=lambda node: node["name"])}
