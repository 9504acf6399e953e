"""Where tests find the recorded payloads that CI holds beside the checkout, and what happens without them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[1].resolve().parent / "shared"


def shared_path(relative: str) -> Path:
    """Path of a recorded file. Without it a test is skipped, but fails in CI, where it must be present."""
    path = SHARED / relative
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{relative} is missing beside the checkout; CI must provide it")
        pytest.skip(f"{relative} is not on this machine")
    return path
