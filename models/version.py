"""The version of the model: a hash of the code and data that decide what a text is.

Belongs here: the hash. Never here: a version to be raised by hand; it would be forgotten. The hash covers every Python,
YAML and JSONL file of ``models/`` but those that only store, measure or scrub, the pipeline's configuration and the
trained artefacts; how these were trained (``training/``) does not decide once they stand. Line ends are normalised, so
that it is the same on every machine.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

_SUFFIXES = frozenset({".py", ".yaml", ".jsonl", ".cfg"})
# They use the model's output and cannot change it.
_NOT_PART = frozenset(
    {
        "evaluate.py",
        "scores.py",
        "stability.py",
        "card.py",
        "emerging.py",
        "explain.py",
        "evaluate_claims.py",
        "evaluate_pairs.py",
        "claim_store.py",
        "duplicate_store.py",
        "parts.py",
        "floors.yaml",
        "store.py",
        "scrub.py",
        "telephones.py",
        "contacts.yaml",
        "person_names.py",
        "plants.py",
        "evaluate_scrub.py",
        "emerging_store.py",
        "taxonomy/validate.py",
    }
)
_NOT_PART_DIRECTORIES = frozenset({"gold", "training"})


@lru_cache(maxsize=1)
def model_version() -> str:
    """For example ``rules1-3fa94c07d2b1``; computed at the first call, not at import."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    files = [p for p in root.rglob("*") if _decides(p.relative_to(root))]
    for path in sorted(files, key=lambda p: p.relative_to(root).as_posix()):
        name = path.relative_to(root).as_posix()
        content = path.read_bytes()
        if path.suffix != ".npz":
            content = content.replace(b"\r\n", b"\n")
        digest.update(f"{name}\x1f{len(content)}\x1f".encode())
        digest.update(content)
    return f"rules1-{digest.hexdigest()[:12]}"


def _decides(path: Path) -> bool:
    if path.as_posix() in _NOT_PART or path.parts[0] in _NOT_PART_DIRECTORIES:
        return False
    return path.suffix in _SUFFIXES or (path.parts[0] == "trained" and path.suffix in {".json", ".npz"})
