"""The same text in another dress: does the reading hold?

Belongs here: the dresses (HTML, capitals, one line, noise of text recognition, a shell in another language) and how
many readings stay the same. Never here: labels other than those given, thresholds.
"""

from __future__ import annotations

import html
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from models.evaluate import readings_of
from models.scores import proportion, yes_or_no

_SEED = 20261121
# What a scanner's software takes for what; one character in a hundred.
_CONFUSED = {"l": "1", "o": "0", "e": "c", "i": "l", "a": "o", "s": "5", "é": "e", "ü": "u", "m": "rn", "t": "f"}
_NOISE = 0.01
# An administration's form around the text, in a language that is not the text's.
_SHELLS = {
    "fr": ("Informations générales\nStatut : employé\nTâche : temps plein\nMissions\n", "\nPostuler\nDélai : 15 jours"),
    "de": ("Allgemeine Angaben\nStatus: angestellt\nUmfang: Vollzeit\nAufgaben\n", "\nBewerbung\nFrist: 15 Tage"),
}


def _as_html(row: Mapping[str, Any]) -> str:
    lines = str(row["text"]).split("\n")
    return "<div>" + "".join(f"<p>{html.escape(line)}</p>" for line in lines) + "</div>"


def _with_noise(row: Mapping[str, Any]) -> str:
    generator = random.Random(f"{_SEED}{row['id']}")
    return "".join(_CONFUSED.get(c, c) if generator.random() < _NOISE else c for c in str(row["text"]))


def _in_a_shell(row: Mapping[str, Any]) -> str:
    before, after = _SHELLS["de" if row.get("lang") == "fr" else "fr"]
    return f"{before}{row['text']}{after}"


DRESSES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "html": _as_html,
    "capitals": lambda row: str(row["text"]).upper(),
    "one_line": lambda row: " ".join(str(row["text"]).split()),
    "noise": _with_noise,
    "foreign_shell": _in_a_shell,
}


def stability(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """For each dress: the share of texts whose is_ai and whose class stay the same (proportions), and F1 in it."""
    plain = readings_of(rows)
    gold = np.array([bool(row["is_ai"]) for row in rows], dtype=bool)
    found: dict[str, dict[str, Any]] = {}
    for name, dress in DRESSES.items():
        dressed = readings_of([{**row, "text": dress(row)} for row in rows])
        pairs = list(zip(plain, dressed, strict=True))
        said = np.array([bool(reading["is_ai"]) for reading in dressed], dtype=bool)
        found[name] = {
            "same_is_ai": proportion(sum(a["is_ai"] == b["is_ai"] for a, b in pairs), len(pairs)),
            "same_class": proportion(sum(a["ai_class"] == b["ai_class"] for a, b in pairs), len(pairs)),
            "f1": yes_or_no(gold, said)["f1"],
        }
    return found
