"""Measures the readings against labelled texts.

Belongs here: precision, recall, specificity, F1 with intervals, skills and sector scores, the list of errors. Never
here: thresholds (tests hold the floors) or labelled texts. Intervals of proportions are Wilson's; those of F1 are
percentile bootstrap over texts with a fixed seed, since F1 is no proportion.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.classify import classify
from models.taxonomy import load_taxonomy

_RESAMPLES = 1_000
_SEED = 20261121
_Z95 = 1.959963984540054


def evaluate(gold_rows: Iterable[Mapping[str, Any]], *, workers: int = 1) -> dict[str, Any]:
    """Scores of the model on labelled rows.

    A row holds ``id``, ``text`` and the labels ``is_ai`` (bool), ``ai_skills`` (names, aliases or concept ids),
    ``sector`` (NACE section letter, or None where it cannot be known); optional ``title``, ``employer``, ``kind`` (a
    record kind, by which texts are read; none is a posting), ``lang`` (the label by which results are grouped; it is
    not shown to the model), ``ai_class``. Rows without a label do not count
    for it. Returns ``{"overall": scores, "by_language": {lang: scores}, "errors": [...]}`` with scores as in the
    architecture; a score that nothing speaks for is None.
    """
    rows = [dict(row) for row in gold_rows]
    columns = ["id", "text", "title", "employer", "kind"]
    frame = pd.DataFrame([{name: row.get(name) or "" for name in columns} for row in rows], columns=columns)
    readings = [
        {str(key): value for key, value in reading.items()}
        for reading in classify(frame, workers=workers).to_dict("records")
    ]
    pairs = list(zip(rows, readings, strict=True))
    inventory = {concept for row in rows for concept in _resolved(row)[0]}
    languages = sorted({str(row["lang"]) for row in rows if row.get("lang")})
    return {
        "overall": _scores(pairs, inventory),
        "by_language": {
            language: _scores([pair for pair in pairs if pair[0].get("lang") == language], inventory)
            for language in languages
        },
        "errors": [error for row, reading in pairs for error in _errors(row, reading)],
    }


Pair = tuple[dict[str, Any], dict[str, Any]]


def _scores(pairs: Sequence[Pair], inventory: set[str]) -> dict[str, Any]:
    return {"is_ai": _is_ai(pairs), "skills": _skills(pairs, inventory), "sector": _sector(pairs)}


def _is_ai(pairs: Sequence[Pair]) -> dict[str, Any]:
    labelled = [(bool(row["is_ai"]), bool(reading["is_ai"])) for row, reading in pairs if row.get("is_ai") is not None]
    if not labelled:
        return {
            "n": 0,
            "precision": None,
            "recall": None,
            "specificity": None,
            "f1": None,
            "f1_low": None,
            "f1_high": None,
        }
    gold = np.array([g for g, _ in labelled])
    said = np.array([p for _, p in labelled])
    tp, fp, fn, tn = _cells(gold, said)
    low, high = _bootstrap_f1(gold, said)
    return {
        "n": len(labelled),
        "precision": _ratio(tp, tp + fp),
        "recall": _ratio(tp, tp + fn),
        "specificity": _ratio(tn, tn + fp),
        "f1": _ratio(2 * tp, 2 * tp + fp + fn),
        "f1_low": low,
        "f1_high": high,
    }


def _cells(gold: np.ndarray, said: np.ndarray) -> tuple[int, int, int, int]:
    tp = int(np.sum(gold & said))
    return tp, int(np.sum(said)) - tp, int(np.sum(gold)) - tp, int(np.sum(~gold & ~said))


def _bootstrap_f1(gold: np.ndarray, said: np.ndarray) -> tuple[float | None, float | None]:
    generator = np.random.default_rng(_SEED)
    picks = generator.integers(0, len(gold), size=(_RESAMPLES, len(gold)))
    tp = np.sum(gold[picks] & said[picks], axis=1)
    total = np.sum(gold[picks], axis=1) + np.sum(said[picks], axis=1)
    values = 2 * tp[total > 0] / total[total > 0]
    if not len(values):
        return None, None
    low, high = np.percentile(values, [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)


def wilson(k: int, n: int) -> tuple[float, float] | None:
    """The 95 % Wilson score interval of a proportion (E. B. Wilson, JASA 22, 1927); None for n = 0."""
    if n == 0:
        return None
    p, z2 = k / n, _Z95 * _Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return round(max(0.0, centre - half), 4), round(min(1.0, centre + half), 4)


def _skills(pairs: Sequence[Pair], inventory: set[str]) -> dict[str, float | None]:
    """Micro-F1 over (text, concept) pairs of AI texts; ``closed`` counts predictions of concepts that the labels know.

    Names that resolve to no concept stay in the gold as they are: the model cannot find them, and that is its miss.
    """
    tp = predicted = closed = wanted = 0
    for row, reading in pairs:
        if row.get("ai_skills") is None or not (row.get("is_ai") or reading["is_ai"]):
            continue
        known, unknown = _resolved(row)
        said = set(reading["skills"])
        tp += len(known & said)
        predicted += len(said)
        closed += len(said & inventory)
        wanted += len(known) + len(unknown)
    return {
        "micro_f1": _ratio(2 * tp, predicted + wanted),
        "closed_micro_f1": _ratio(2 * tp, closed + wanted),
    }


def _sector(pairs: Sequence[Pair]) -> dict[str, float | None]:
    """Accuracy over labelled texts that got a section, and the share that got none."""
    labelled = [(row["sector"], reading["sector"]) for row, reading in pairs if row.get("sector")]
    decided = [(gold, said) for gold, said in labelled if said != "unknown"]
    return {
        "accuracy": _ratio(sum(gold == said for gold, said in decided), len(decided)),
        "abstention": _ratio(len(labelled) - len(decided), len(labelled)),
    }


def _resolved(row: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    taxonomy = load_taxonomy()
    known: set[str] = set()
    unknown: set[str] = set()
    for name in row.get("ai_skills") or ():
        concept = taxonomy.resolve(str(name))
        if concept is None:
            unknown.add(str(name))
        else:
            known.add(concept)
    return known, unknown


def _errors(row: Mapping[str, Any], reading: Mapping[str, Any]) -> list[dict[str, Any]]:
    common = {"id": row.get("id"), "lang": row.get("lang"), "title": row.get("title")}
    found: list[dict[str, Any]] = []
    if row.get("is_ai") is not None and bool(row["is_ai"]) != bool(reading["is_ai"]):
        found.append(
            common
            | {"label": "is_ai", "gold": bool(row["is_ai"]), "said": reading["ai_class"], "score": reading["ai_score"]}
        )
    elif row.get("ai_class") and row["ai_class"] != reading["ai_class"]:
        found.append(
            common
            | {"label": "ai_class", "gold": row["ai_class"], "said": reading["ai_class"], "score": reading["ai_score"]}
        )
    if row.get("sector") and row["sector"] != reading["sector"]:
        found.append(
            common
            | {"label": "sector", "gold": row["sector"], "said": reading["sector"], "basis": reading["sector_basis"]}
        )
    return found


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
