"""Measures the reading of money against labelled sentences.

Belongs here: shares of sentences that are right, with intervals, and the list of errors. Never here: thresholds (tests
hold the floors) or labelled sentences. A sentence is right if its events are exactly those labelled, by sum, currency
and kind; one event too many is as wrong as one too few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from models.extract import extract_claims
from models.scores import wilson

Event = tuple[float | None, str | None, str]


def evaluate_claims(gold_rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Scores on labelled sentences.

    A row holds ``id``, ``text``, ``lang``, ``published`` and ``events``: dicts with ``amount``, ``currency``,
    ``amount_kind``. Returns ``{"overall": scores, "by_language": {lang: scores}, "errors": [...]}``; scores are ``n``,
    ``right`` (sum, currency and kind of every event), ``low`` and ``high`` (its 95 % Wilson interval) and
    ``sums_right`` (sum and currency alone, of every event).
    """
    rows = [dict(row) for row in gold_rows]
    said: dict[Any, list[Event]] = {row["id"]: [] for row in rows}
    for claim in extract_claims(pd.DataFrame(rows)).to_dict("records"):
        if claim["is_event"]:
            said[claim["id"]].append((_size(claim), claim["currency"], claim["kind"]))
    wanted = {row["id"]: [(e["amount"], e["currency"], e["amount_kind"]) for e in row["events"]] for row in rows}
    languages = sorted({str(row["lang"]) for row in rows})
    return {
        "overall": _scores(rows, wanted, said),
        "by_language": {
            language: _scores([row for row in rows if row["lang"] == language], wanted, said) for language in languages
        },
        "errors": [
            {"id": row["id"], "lang": row["lang"], "gold": wanted[row["id"]], "said": said[row["id"]]}
            for row in rows
            if set(wanted[row["id"]]) != set(said[row["id"]])
        ],
    }


def _size(claim: Mapping[Any, Any]) -> float | None:
    size = claim["amount_max"] if claim["amount"] is None else claim["amount"]
    return None if size is None else float(size) * int(claim["times"])


def _scores(
    rows: Sequence[Mapping[str, Any]], wanted: Mapping[Any, list[Event]], said: Mapping[Any, list[Event]]
) -> dict[str, Any]:
    right = sum(set(wanted[row["id"]]) == set(said[row["id"]]) for row in rows)
    sums = sum({e[:2] for e in wanted[row["id"]]} == {e[:2] for e in said[row["id"]]} for row in rows)
    low, high = wilson(right, len(rows)) or (None, None)
    share = round(right / len(rows), 4) if rows else None
    return {"n": len(rows), "right": share, "low": low, "high": high, "sums_right": sums / len(rows) if rows else None}
