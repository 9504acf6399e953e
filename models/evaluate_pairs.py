"""Precision and recall on labelled pairs: of duplicates among ads, and of names of one organisation.

Belongs here: reading of ``gold/duplicates.jsonl`` and ``gold/organisations.jsonl`` and their scores. Never here: the
rules (duplicates.py, entities.py). A third of both files is held out: rules are made on the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from models.duplicates import find_duplicates
from models.relations import DISTINCT
from models.scores import wilson

GOLD = Path(__file__).parent / "gold"
Part = Literal["development", "held_out", "all"]


@dataclass(frozen=True)
class PairScore:
    """Right answers of one kind: ``hits`` of ``n``, with a Wilson interval at 95 %. An empty kind has no share."""

    kind: str
    hits: int
    n: int

    @property
    def share(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.n) or (0.0, 1.0)


@dataclass(frozen=True)
class PairScores:
    """Precision and recall of "one and the same", recall of each kind of pair, and the pairs that went wrong."""

    precision: PairScore
    recall: PairScore
    kinds: tuple[PairScore, ...]
    errors: tuple[str, ...]

    @property
    def f1(self) -> float:
        p, r = self.precision.share or 0.0, self.recall.share or 0.0
        return 2 * p * r / (p + r) if p + r else 0.0


def score_duplicates(part: Part = "all", find: Callable[[pd.DataFrame], pd.DataFrame] = find_duplicates) -> PairScores:
    """The clusters that ``find`` makes of the ads of each scenario, against its labelled pairs.

    A translation is right if it is flagged and not folded; it counts among neither the folded nor the wrong ones.
    """
    answers: list[tuple[str, str, bool, bool]] = []  # kind, name, found, wanted
    for scenario in _read("duplicates.jsonl", part):
        told = find(pd.DataFrame(scenario["ads"])).set_index("record_id")
        cluster, translated = told["cluster_id"], told["translation_of"]
        for pair in scenario["pairs"]:
            a, b, kind = pair["a"], pair["b"], pair["relation"]
            name = f"{kind}: {a} | {b}"
            if kind == "translation":
                flagged = cluster[a] != cluster[b] and (translated[a] == cluster[b] or translated[b] == cluster[a])
                answers.append((kind, name, bool(flagged), True))
            else:
                answers.append((kind, name, bool(cluster[a] == cluster[b]), kind != DISTINCT))
    return _scores(answers, apart=("translation",))


def score_links(part: Part, same: Callable[[dict[str, Any], dict[str, Any]], bool]) -> PairScores:
    """Answers of ``same`` (two organisations as in the file) against the labelled pairs of names."""
    answers = [
        (pair["kind"], f"{pair['a']['name']} | {pair['b']['name']}", same(pair["a"], pair["b"]), pair["same"])
        for pair in _read("organisations.jsonl", part)
    ]
    return _scores(answers, apart=())


def _read(name: str, part: Part) -> Iterator[dict[str, Any]]:
    for line in (GOLD / name).read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if part == "all" or entry["held_out"] == (part == "held_out"):
            yield entry


def _scores(answers: list[tuple[str, str, bool, bool]], apart: tuple[str, ...]) -> PairScores:
    counted = [(found, wanted) for kind, _, found, wanted in answers if kind not in apart]
    hits = sum(found and wanted for found, wanted in counted)
    kinds = sorted({kind for kind, *_ in answers})
    by_kind = {kind: [(found == wanted) for k, _, found, wanted in answers if k == kind] for kind in kinds}
    return PairScores(
        precision=PairScore("precision", hits, sum(found for found, _ in counted)),
        recall=PairScore("recall", hits, sum(wanted for _, wanted in counted)),
        kinds=tuple(PairScore(kind, sum(right), len(right)) for kind, right in by_kind.items()),
        errors=tuple(name for _, name, found, wanted in answers if found != wanted),
    )
