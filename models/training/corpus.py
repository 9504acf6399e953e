"""The training texts of a categoriser: rows of ``texts/<name>.jsonl``, checked, with masked copies added.

Belongs here: the shape of rows and settings, masking, the corpus hash. Never here: training.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from models.matching import ConceptMatcher
from models.pipeline import load_pipeline
from models.textcat import MASK

HERE = Path(__file__).parent
Split = Literal["train", "dev"]


class TrainingError(ValueError):
    """Data or settings of a categoriser are wrong: one line that names file, line and fault."""


class Settings(BaseModel):
    """One section of categorisers.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    labels: tuple[str, ...]
    exclusive: bool
    length: int = 32768
    ngrams: int = 2
    stem: int = 0
    epochs: int = 12
    l2: float = 0.001
    learn_rate: float = 0.005
    mask: bool = False


class Row(BaseModel):
    """One text. ``cats``: its labels, exactly one for an exclusive categoriser. ``group``: texts of one origin, which
    stand on one side of the split together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    cats: tuple[str, ...]
    lang: Literal["en", "fr", "de", "lb"]
    split: Split
    group: str = ""
    masked: bool = False


def load_settings() -> dict[str, Settings]:
    """The categorisers there are, by name."""
    content = yaml.safe_load((HERE / "categorisers.yaml").read_text(encoding="utf-8"))
    return {name: Settings(**section) for name, section in content.items()}


def read_rows(name: str, settings: Settings, directory: Path = HERE / "texts") -> list[Row]:
    """The rows of a categoriser in the order of the file. Raises TrainingError: one line with file, line and fault."""
    path = directory / f"{name}.jsonl"
    if not path.is_file():
        raise TrainingError(f"no training texts for {name!r}: {path.name} is missing in {directory.name}/")
    rows: list[Row] = []
    sides: dict[str, Split] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = Row(**json.loads(line))
        except (ValidationError, json.JSONDecodeError, TypeError) as error:
            raise TrainingError(f"{path.name}:{number}: {str(error).splitlines()[0]}") from error
        unknown = set(row.cats) - set(settings.labels)
        if unknown:
            raise TrainingError(f"{path.name}:{number}: unknown label {sorted(unknown)[0]!r}")
        if settings.exclusive and len(row.cats) != 1:
            raise TrainingError(f"{path.name}:{number}: {len(row.cats)} labels where one is wanted")
        if row.group and sides.setdefault(row.group, row.split) != row.split:
            raise TrainingError(f"{path.name}:{number}: group {row.group!r} stands on both sides of the split")
        rows.append(row)
    if {row.split for row in rows} != {"train", "dev"}:
        raise TrainingError(f"{path.name}: both splits, train and dev, are needed")
    return rows


def corpus_hash(name: str, settings: Settings, rows: list[Row]) -> str:
    """SHA-256 over the rows, the settings and the training configuration."""
    digest = hashlib.sha256(f"{name}\x1f{settings.model_dump_json()}\x1f".encode())
    digest.update((HERE / "config.cfg").read_bytes().replace(b"\r\n", b"\n"))
    for row in rows:
        digest.update(row.model_dump_json().encode() + b"\n")
    return digest.hexdigest()


class Masker:
    """Replaces mentions of the taxonomy's concepts by one neutral word."""

    def __init__(self) -> None:
        self._nlp = load_pipeline()
        self._matcher = ConceptMatcher(self._nlp)

    def __call__(self, text: str, lang: str) -> str:
        """The text with every mention of a core or tool concept masked."""
        pieces, position = [], 0
        for hit in self._matcher(self._nlp.make_doc(text), text, frozenset({lang}), [(0, len(text))]):
            if hit.alias.decisive:
                pieces += [text[position : hit.start], MASK]
                position = hit.end
        return "".join(pieces) + text[position:]


def with_masked(rows: list[Row]) -> Iterator[Row]:
    """The rows, and after every second one that mentions AI in the training split, and every one in the development
    split, its masked copy."""
    masker, mentions = Masker(), 0
    for row in rows:
        yield row
        text = masker(row.text, row.lang)
        if text == row.text:
            continue
        mentions += 1
        if row.split == "dev" or mentions % 2:
            yield row.model_copy(update={"text": text, "masked": True})
