"""The data files of this room: phrases, weights and lists, as YAML.

Belongs here: reading one. Never here: its shape (each reader has a Pydantic model for its own).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
# The C loader takes an eighth of the time, of a start that every process pays; it is safe like SafeLoader.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(file: str | Path) -> Any:
    """The content of a file, named from this folder or by its whole path. Raises yaml.YAMLError."""
    return yaml.load((HERE / file).read_text(encoding="utf-8"), Loader=_LOADER)
