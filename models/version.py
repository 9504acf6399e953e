"""The version of the model: a hash of the code and data that decide what a text is.

Belongs here: the hash. Never here: a version to be raised by hand; it would be forgotten. The hash covers every Python
and YAML file of ``models/`` but those that only store, measure or scrub, with line ends normalised, so that it is the
same on every machine.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

# They use the model's output and cannot change it.
_NOT_PART = frozenset(
    {
        "evaluate.py",
        "scores.py",
        "stability.py",
        "card.py",
        "emerging.py",
        "floors.yaml",
        "store.py",
        "scrub.py",
        "contacts.yaml",
        "person_names.py",
        "plants.py",
        "evaluate_scrub.py",
        "emerging_store.py",
    }
)


@lru_cache(maxsize=1)
def model_version() -> str:
    """For example ``rules1-3fa94c07d2b1``; computed at the first call, not at import."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    files = [p for p in root.rglob("*") if p.suffix in {".py", ".yaml"} and "gold" not in p.relative_to(root).parts]
    for path in sorted(files, key=lambda p: p.relative_to(root).as_posix()):
        name = path.relative_to(root).as_posix()
        if name in _NOT_PART:
            continue
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name}\x1f{len(content)}\x1f".encode())
        digest.update(content)
    return f"rules1-{digest.hexdigest()[:12]}"
