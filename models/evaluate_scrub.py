"""Measures scrubbing: how many planted contacts go, how much else goes with them, what the readings lose by it.

Belongs here: scores of scrub.py on gold ads with planted contacts. Never here: what a contact is (scrub.py), the
drawing of contacts (plants.py), floors. A contact counts as gone only if nothing of it is left: no word of a name, no
part of an address, no two digits of a number. Intervals are Wilson's over planted contacts; those of one pattern are
alike, so with 28 to 80 patterns a side they are too narrow for the field.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from models.evaluate import evaluate
from models.plants import SEED, Plant, Side, load_contacts, planted, plants
from models.scores import proportion
from models.scrub import scrub_text

KINDS = ("email", "phone", "name")
DRAWS = 12
SIDES: tuple[Side, ...] = ("tuned", "held_out", "fresh")
Rows = Sequence[Mapping[str, Any]]


def measure_scrubbing(rows: Rows, *, draws: int = DRAWS) -> dict[str, Any]:
    """All figures of scrubbing on labelled ads (rows as in ``models.evaluate``; their ``lang`` says which contacts).

    Returns ``recall`` of each side (as of ``recall``), ``kept`` (as of ``false_removals``), ``ads_changed`` (share of
    the ads as they are that scrubbing changes) and ``harm``: what the readings lose, in F1, on the ads as they are and
    with a contact in each.
    """
    changed = [row for row in rows if scrub_text(str(row["text"])) != row["text"]]
    return {
        "recall": {side: recall(rows, side, draws=draws) for side in SIDES},
        "kept": false_removals(rows),
        "ads_changed": proportion(len(changed), len(rows)),
        "harm": {"as_they_are": harm(rows), "with_contacts": harm(with_contacts(rows))},
    }


def recall(rows: Rows, side: Side, *, draws: int = DRAWS) -> dict[str, Any]:
    """Shares of planted contacts that are gone: ``by_kind``, and for each kind ``by_language`` and ``by_place``."""
    cells: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for plant, left in outcomes(rows, side, draws=draws):
        for kind in plant.tells:
            for group in ("", f"language {plant.lang}", f"place {plant.place}"):
                cells[group, kind].append(kind not in left)
    return {
        "by_kind": _shares(cells, ""),
        "by_language": _grouped(cells, "language "),
        "by_place": _grouped(cells, "place "),
    }


def outcomes(rows: Rows, side: Side, *, draws: int = DRAWS) -> Iterator[tuple[Plant, dict[str, str]]]:
    """Each planted contact, and for each of its kinds that is not gone the scrubbed text."""
    generator = random.Random(f"{SEED}/place/{side}")
    texts: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        texts[str(row["lang"])].append(str(row["text"]))
    clean: dict[str, str] = {}
    for plant in plants(side, draws):
        text = generator.choice(texts[plant.lang])
        if text not in clean:
            clean[text] = scrub_text(text).lower()
        scrubbed = scrub_text(planted(text, plant, generator))
        lower, around = scrubbed.lower(), plant.around.lower()
        yield (
            plant,
            {
                kind: scrubbed
                for kind, tells in plant.tells.items()
                if any(
                    lower.count(tell) > clean[text].count(tell) + around.count(tell) for tell in map(str.lower, tells)
                )
            },
        )


def false_removals(rows: Rows) -> dict[str, Any]:
    """Shares of sentences with a name or number that is no contact that do not stay word for word, by kind of name.

    ``behind_label`` counts companies where a contact is expected ("Contact: ...").
    """
    data = load_contacts()
    generator = random.Random(f"{SEED}/kept")
    texts = {lang: [str(row["text"]) for row in rows if row["lang"] == lang] for lang in data.kept_sentences}
    found: dict[str, list[bool]] = defaultdict(list)
    for kind, names in data.kept.items():
        for name in names:
            for lang, sentences in data.kept_sentences.items():
                for sentence in sentences:
                    said = sentence.format(name)
                    found[kind].append(said not in scrub_text(f"{generator.choice(texts[lang])}\n{said}"))
    for name in data.kept["company"]:
        found["behind_label"] += [name not in scrub_text(label.format(name)) for label in data.kept_behind_label]
    return {kind: proportion(sum(gone), len(gone)) for kind, gone in found.items()}


def with_contacts(rows: Rows) -> list[dict[str, Any]]:
    """The rows with one contact planted in each."""
    generator = random.Random(f"{SEED}/harm")
    by_language: dict[str, list[Plant]] = defaultdict(list)
    for plant in plants("tuned", 2):
        by_language[plant.lang].append(plant)
    return [
        {**row, "text": planted(str(row["text"]), generator.choice(by_language[str(row["lang"])]), generator)}
        for row in rows
    ]


def harm(rows: Rows) -> dict[str, float]:
    """F1 before scrubbing less F1 after it, in points of 100: of is_ai, and micro-F1 of skills, open and closed."""
    before = _f1s(rows)
    after = _f1s([{**row, "text": scrub_text(str(row["text"]))} for row in rows])
    return {name: round(100 * (before[name] - after[name]), 2) for name in before}


def _f1s(rows: Rows) -> dict[str, float]:
    overall = evaluate(rows)["overall"]
    return {
        "is_ai": overall["is_ai"]["f1"] or 0.0,
        "skills": overall["skills"]["micro_f1"] or 0.0,
        "closed_skills": overall["skills"]["closed_micro_f1"] or 0.0,
    }


def _shares(cells: Mapping[tuple[str, str], list[bool]], group: str) -> dict[str, Any]:
    return {
        kind: proportion(sum(cells[group, kind]), len(cells[group, kind])) for kind in KINDS if (group, kind) in cells
    }


def _grouped(cells: Mapping[tuple[str, str], list[bool]], prefix: str) -> dict[str, Any]:
    groups = sorted({group for group, _ in cells if group.startswith(prefix)})
    return {group.removeprefix(prefix): _shares(cells, group) for group in groups}


def gold_ads() -> list[dict[str, Any]]:
    """The labelled ads of ``gold/``: every file but those of other kinds of text."""
    paths = sorted((Path(__file__).parent / "gold").glob("*.jsonl"))
    rows = [orjson.loads(line) for path in paths for line in path.read_bytes().splitlines()]
    return [
        row
        for row in rows
        if row.get("kind", "job_posting") == "job_posting" and {"text", "is_ai", "ai_skills"} <= row.keys()
    ]
