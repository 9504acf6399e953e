"""What the commands share: the two streams, the settings of a call, and what wrong use is.

Belongs here: that. Never here: a command, or work.
"""

from __future__ import annotations

import sys
from typing import Any

import typer
from rich.console import Console

from state.settings import Settings

# A pipe has no width: nothing may be cut off there.
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 500)
err = Console(stderr=True, soft_wrap=True, highlight=False)


class UsageError(ValueError):
    """Wrong use of a command: exit 2."""


def settings_of(context: typer.Context, **changes: Any) -> Settings:
    settings: Settings = context.obj
    return settings.model_copy(update={k: v for k, v in changes.items() if v is not None})
