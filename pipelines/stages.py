"""How far a state of the inputs has come on its way to a release, in one small file beside the warehouse.

Belongs here: the stages and the file. Never here: what a stage does (``pipelines.steps``), or what inputs are.

Two runs may take turns at the warehouse: what one loads the other may build. Each stage is advanced under the writer's
lock, in the same hold as its work, so that the file says of which inputs the marts, the values and the release are.
"""

from __future__ import annotations

import json
from pathlib import Path

from scrapers.archive.files import write_atomically
from state.settings import Settings

STAGES = ("loaded", "built", "estimated", "published")
"""Each takes over from the one before it."""


def progress(settings: Settings) -> dict[str, str]:
    """Which state of the inputs (their fingerprint) each stage has reached."""
    try:
        stages = json.loads(progress_file(settings).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return stages if isinstance(stages, dict) else {}


def advance(settings: Settings, stage: str, fingerprint: str | None = None) -> None:
    """Note that a stage has reached a state of the inputs, by default the one of the stage before it."""
    reached = progress(settings)
    reached[stage] = fingerprint or reached.get(STAGES[STAGES.index(stage) - 1], "")
    path = progress_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps({name: reached[name] for name in STAGES if name in reached}).encode())


def are_values_of_marts(settings: Settings) -> bool:
    """Whether the indicator values were estimated from the marts as they are now."""
    reached = progress(settings)
    return "built" in reached and reached.get("estimated") == reached["built"]


def progress_file(settings: Settings) -> Path:
    return settings.warehouse_file.parent / "progress.json"
