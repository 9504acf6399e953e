"""Files of the registry, read with bounds.

Belongs here: YAML that people edit, and the one error that names file and place. Never here: what a file means.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

_MAX_YAML_BYTES = 512 * 1024
_Model = TypeVar("_Model", bound=BaseModel)


class RegistryError(ValueError):
    """A registry file cannot be used; the message is one line that names the file and the field."""


def read_yaml(path: Path) -> Any:
    """The content of a YAML file of at most 512 KiB; raises :class:`RegistryError`."""
    try:
        if path.stat().st_size > _MAX_YAML_BYTES:
            raise RegistryError(f"{path.name}: larger than {_MAX_YAML_BYTES} bytes")
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        reason = " ".join(str(getattr(error, "problem", None) or error).split())
        raise RegistryError(f"{path.name}:{line} is not YAML: {reason}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"{path.name}: cannot be read ({type(error).__name__})") from error


def checked(model: type[_Model], content: Any, name: str) -> _Model:
    """What a file called ``name`` declares; raises :class:`RegistryError`."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise RegistryError(f"{name}: {field}: {first['msg']}") from error
