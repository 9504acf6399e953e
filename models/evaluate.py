"""Measures the readings against labelled texts.

Belongs here: which scores are made of which labels, by language, class, trap, concept group and year, and the list of
errors. Never here: arithmetic (scores.py), floors and the model card (card.py), labelled texts (gold/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.classify import classify
from models.scores import calibration, one_against_rest, projected_precision, proportion, ratio, set_f1, yes_or_no
from models.taxonomy import load_taxonomy

Pair = tuple[dict[str, Any], dict[str, Any]]  # a labelled row and its reading
PUBLISHED = ("practitioner", "user", "governance")
_INPUT = ("id", "text", "title", "employer", "kind")


def evaluate(gold_rows: Iterable[Mapping[str, Any]], *, workers: int = 1) -> dict[str, Any]:
    """Scores of the model on labelled rows.

    A row holds ``id``, ``text`` and the labels ``is_ai`` (bool), ``ai_skills`` (names, aliases or concept ids),
    ``sector`` (NACE section letter, or None where it cannot be known); optional ``title``, ``employer``, ``kind`` (a
    record kind, by which texts are read; none is a posting), ``lang`` (the label by which results are grouped; it is
    not shown to the model), ``ai_class``, ``hard_negative``, ``traps``, ``borderline``. Rows without a label do not
    count for it; a score that nothing speaks for is None.

    Returns ``overall``, ``by_language`` and ``errors`` as the command line's contract says, and beside them
    ``without_borderline`` (scores as in overall), ``by_class`` (sensitivity and specificity of each published class,
    valid for these texts only), ``hard_negatives`` and ``by_trap`` (share flagged), ``projected_precision``,
    ``calibration``, ``skills`` (micro and macro, open and closed, with parents and without, recall by concept group
    and by the year a concept was first seen).
    """
    rows = [dict(row) for row in gold_rows]
    pairs = list(zip(rows, readings_of(rows, workers=workers), strict=True))
    inventory = {concept for row in rows for concept in _resolved(row)[0]}
    languages = sorted({str(row["lang"]) for row in rows if row.get("lang")})
    return {
        "overall": _scores(pairs, inventory),
        "by_language": {
            language: _scores([pair for pair in pairs if pair[0].get("lang") == language], inventory)
            for language in languages
        },
        "without_borderline": _scores([pair for pair in pairs if not pair[0].get("borderline")], inventory),
        "by_class": _by_class(pairs),
        "hard_negatives": _flagged([pair for pair in pairs if pair[0].get("hard_negative")]),
        "by_trap": _by_trap(pairs),
        "projected_precision": _projected(pairs),
        "calibration": calibration(*_labels_and_scores(pairs)),
        "skills": _skills_in_full(pairs, inventory),
        "errors": [error for row, reading in pairs for error in _errors(row, reading)],
    }


def readings_of(rows: Sequence[Mapping[str, Any]], *, workers: int = 1) -> list[dict[str, Any]]:
    """The model's readings of labelled rows, in their order; the labels are not shown to it."""
    frame = pd.DataFrame([{name: row.get(name) or "" for name in _INPUT} for row in rows], columns=list(_INPUT))
    return [
        {str(key): value for key, value in reading.items()}
        for reading in classify(frame, workers=workers).to_dict("records")
    ]


def _scores(pairs: Sequence[Pair], inventory: set[str]) -> dict[str, Any]:
    gold, said = _yes_or_no(pairs)
    sets = _skill_sets(pairs)
    return {
        "is_ai": yes_or_no(gold, said),
        "skills": {
            "micro_f1": set_f1(sets)["micro_f1"],
            "closed_micro_f1": set_f1(sets, inventory)["micro_f1"],
        },
        "sector": _sector(pairs),
    }


def _labelled(pairs: Sequence[Pair]) -> list[Pair]:
    return [pair for pair in pairs if pair[0].get("is_ai") is not None]


def _yes_or_no(pairs: Sequence[Pair]) -> tuple[Any, Any]:
    labelled = _labelled(pairs)
    gold = np.array([bool(row["is_ai"]) for row, _ in labelled], dtype=bool)
    return gold, np.array([bool(reading["is_ai"]) for _, reading in labelled], dtype=bool)


def _labels_and_scores(pairs: Sequence[Pair]) -> tuple[Any, Any]:
    labelled = _labelled(pairs)
    gold = np.array([bool(row["is_ai"]) for row, _ in labelled], dtype=bool)
    return gold, np.array([float(reading["ai_score"]) for _, reading in labelled], dtype=float)


def _by_class(pairs: Sequence[Pair]) -> dict[str, Any]:
    labelled = [(str(row["ai_class"]), str(reading["ai_class"])) for row, reading in pairs if row.get("ai_class")]
    if not labelled:
        return {}
    gold, said = [g for g, _ in labelled], [s for _, s in labelled]
    return {name: one_against_rest(gold, said, name) for name in PUBLISHED}


def _flagged(pairs: Sequence[Pair]) -> dict[str, Any]:
    """How many of some negatives were flagged as AI."""
    negatives = [pair for pair in _labelled(pairs) if not pair[0]["is_ai"]]
    return proportion(sum(bool(reading["is_ai"]) for _, reading in negatives), len(negatives))


def _by_trap(pairs: Sequence[Pair]) -> dict[str, Any]:
    traps = sorted({str(trap) for row, _ in pairs for trap in row.get("traps") or ()})
    found = {trap: _flagged([pair for pair in pairs if trap in (pair[0].get("traps") or ())]) for trap in traps}
    return {trap: flagged for trap, flagged in found.items() if flagged["n"]}


def _projected(pairs: Sequence[Pair]) -> dict[str, Any]:
    gold, said = _yes_or_no(pairs)
    hard = np.array([bool(row.get("hard_negative")) for row, _ in _labelled(pairs)], dtype=bool)
    return projected_precision(gold, said, hard)


def _skill_sets(pairs: Sequence[Pair]) -> list[tuple[set[str], set[str]]]:
    """Gold and predicted concepts of AI texts (by label or by reading).

    Names that resolve to no concept stay in the gold as they are: the model cannot find them, and that is its miss.
    """
    found = []
    for row, reading in pairs:
        if row.get("ai_skills") is not None and (row.get("is_ai") or reading["is_ai"]):
            known, unknown = _resolved(row)
            found.append((known | unknown, set(reading["skills"])))
    return found


def _skills_in_full(pairs: Sequence[Pair], inventory: set[str]) -> dict[str, Any]:
    taxonomy = load_taxonomy()
    sets = _skill_sets(pairs)
    leaves = [(_leaves(gold), _leaves(said)) for gold, said in sets]

    def recall_by(key: Callable[[str], str | None]) -> dict[str, Any]:
        counts: dict[str, list[int]] = {}
        for gold, said in sets:
            for name in gold & set(taxonomy.concepts):
                place = key(name)
                if place is not None:
                    counted = counts.setdefault(place, [0, 0])
                    counted[0] += name in said
                    counted[1] += 1
        return {place: proportion(k, n) for place, (k, n) in sorted(counts.items())}

    return {
        "open": set_f1(sets),
        "closed": set_f1(sets, inventory),
        "closed_without_parents": set_f1(leaves, inventory),
        "recall_by_group": recall_by(lambda name: taxonomy[name].group),
        "recall_by_first_seen": recall_by(_first_seen),
    }


def _leaves(names: set[str]) -> set[str]:
    """The names without those that are broader than another one of them."""
    taxonomy = load_taxonomy()
    broader = {above for name in names if name in taxonomy.concepts for above in taxonomy.ancestors(name)}
    return names - broader


def _first_seen(concept_id: str) -> str | None:
    year = load_taxonomy()[concept_id].first_seen
    if year is None:
        return None
    return "before 2015" if year < 2015 else "2015-2019" if year < 2020 else "2020-2022" if year < 2023 else "from 2023"


def _sector(pairs: Sequence[Pair]) -> dict[str, float | None]:
    """Accuracy over labelled texts that got a section, and the share that got none."""
    labelled = [(row["sector"], reading["sector"]) for row, reading in pairs if row.get("sector")]
    decided = [(gold, said) for gold, said in labelled if said != "unknown"]
    return {
        "accuracy": ratio(sum(gold == said for gold, said in decided), len(decided)),
        "abstention": ratio(len(labelled) - len(decided), len(labelled)),
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
    score = {"score": reading["ai_score"]}
    found: list[dict[str, Any]] = []
    if row.get("is_ai") is not None and bool(row["is_ai"]) != bool(reading["is_ai"]):
        found.append(common | {"label": "is_ai", "gold": bool(row["is_ai"]), "said": reading["ai_class"]} | score)
    elif row.get("ai_class") and row["ai_class"] != reading["ai_class"]:
        found.append(common | {"label": "ai_class", "gold": row["ai_class"], "said": reading["ai_class"]} | score)
    if row.get("sector") and row["sector"] != reading["sector"]:
        basis = {"basis": reading["sector_basis"]}
        found.append(common | {"label": "sector", "gold": row["sector"], "said": reading["sector"]} | basis)
    return found
