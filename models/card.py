"""The model card's figures, and the floors below which a model is not used.

Belongs here: measuring the committed gold sets, holding them against ``floors.yaml``, writing the figures into
MODEL_CARD.md. Never here: scores (evaluate.py), labelled texts. ``python -m models.card [REAL_ADS.jsonl]`` measures
and writes; figures of texts that are not ours are written as sums, and stay as they are where the file is not given.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict

from models.data import read_yaml
from models.evaluate import evaluate
from models.evaluate_scrub import KINDS, gold_ads, measure_scrubbing
from models.stability import stability
from models.version import model_version

HERE = Path(__file__).parent
CARD = HERE / "MODEL_CARD.md"
MEASURED = HERE / "gold" / "measured.json"
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"
REAL = "real_ads"
SCRUBBING = "scrubbing"


class GoldSet(BaseModel):
    """One labelled file of ``gold/``: what it is, and what the model must reach on it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    about: str
    tuned: bool
    stability: bool = False
    floors: dict[str, float] = {}


class FloorData(BaseModel):
    """The content of floors.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sets: tuple[GoldSet, ...]


@dataclass(frozen=True)
class Verdict:
    """Whether a model version may be used; ``below`` says in one line each what it does not reach."""

    model_version: str
    below: tuple[str, ...]
    figures: dict[str, dict[str, float | None]]


class ModelBelowFloorError(RuntimeError):
    """The present model does not reach a floor of its card; nothing is read with it."""


@lru_cache(maxsize=1)
def load_floors() -> tuple[GoldSet, ...]:
    """The gold sets in the order of the card."""
    return FloorData(**read_yaml("floors.yaml")).sets


def gold_rows(name: str) -> list[dict[str, Any]]:
    """The labelled rows of one file of ``gold/``."""
    return [orjson.loads(line) for line in (HERE / "gold" / f"{name}.jsonl").read_bytes().splitlines()]


def key_figures(measures: dict[str, Any]) -> dict[str, float | None]:
    """The figures that floors are set on, from the measures of a set; ``class_accuracy`` counts the five classes."""
    overall = measures["overall"]
    n, wrong = overall["is_ai"]["n"], sum(error["label"] in ("is_ai", "ai_class") for error in measures["errors"])
    figures = {name: overall["is_ai"][name] for name in ("f1", "precision", "recall", "specificity")}
    return figures | {
        "closed_micro_f1": overall["skills"]["closed_micro_f1"],
        "sector_accuracy": overall["sector"]["accuracy"],
        "class_accuracy": round(1 - wrong / n, 4) if n else None,
    }


def judge(figures: dict[str, dict[str, float | None]]) -> tuple[str, ...]:
    """What is below its floor, one line each."""
    below = []
    for gold in load_floors():
        for name, floor in gold.floors.items():
            value = figures[gold.name][name]
            if value is None or value < floor:
                below.append(f"{gold.name}: {name} is {value}, its floor is {floor}")
    return tuple(below)


def verdict(folder: Path) -> Verdict:
    """The verdict on the present model version, measured once and kept in ``<folder>/<model_version>.json``."""
    version, gold = model_version(), _gold_digest()
    kept = folder / f"{version}.json"
    content = json.loads(kept.read_bytes()) if kept.exists() else {}
    if content.get("gold") == gold:
        figures = content["figures"]
    else:
        figures = {gold.name: key_figures(evaluate(gold_rows(gold.name))) for gold in load_floors()}
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".{version}.{os.getpid()}.tmp"
        temporary.write_text(
            json.dumps({"model_version": version, "gold": gold, "figures": figures}, indent=1), encoding="utf-8"
        )
        temporary.replace(kept)
    return Verdict(version, judge(figures), figures)


def _gold_digest() -> str:
    """A hash of the gold sets: a set that joins or changes is measured, though the model is the same."""
    digest = hashlib.sha256()
    for gold in load_floors():
        digest.update(gold.name.encode() + (HERE / "gold" / f"{gold.name}.jsonl").read_bytes())
    return digest.hexdigest()


def require(folder: Path) -> Verdict:
    """The verdict, or ModelBelowFloorError with the first line of what is below."""
    found = verdict(folder)
    if found.below:
        more = f" (and {len(found.below) - 1} more)" if len(found.below) > 1 else ""
        raise ModelBelowFloorError(
            f"model {found.model_version} is not used: {found.below[0]}{more}; see models/floors.yaml"
        )
    return found


# --- the card -------------------------------------------------------------------------------------------------------


def measure(real_ads: Path | None = None) -> dict[str, Any]:
    """All figures of the card: each gold set in full, and the real ads if their file is given."""
    found: dict[str, Any] = {}
    for gold in load_floors():
        rows = gold_rows(gold.name)
        summary = _summary(evaluate(rows))
        if gold.stability:
            found[gold.name] = summary | {"stability": stability(rows)}
        else:  # the card shows one row of these
            found[gold.name] = {key: summary[key] for key in ("overall", "by_class", "key")}
    if real_ads is not None:
        rows = [orjson.loads(line) for line in real_ads.read_bytes().splitlines()]
        found[REAL] = _summary(evaluate(rows)) | {"stability": stability(rows)}
    return found


def _summary(measures: dict[str, Any]) -> dict[str, Any]:
    """Measures without anything of the texts themselves."""
    return {key: value for key, value in measures.items() if key != "errors"} | {"key": key_figures(measures)}


def render(measured: dict[str, Any]) -> str:
    """The measured part of the card as Markdown."""
    parts = ["## Measured", "", _set_table(measured)]
    if REAL in measured:
        real = measured[REAL]
        parts += ["", "### Real ads (development sample, 60)", "", _details(real)]
    for gold in load_floors():
        if gold.stability and gold.name in measured:
            parts += ["", f"### `gold/{gold.name}.jsonl` in detail", "", _details(measured[gold.name])]
    if SCRUBBING in measured:
        parts += ["", "### Scrubbing", "", _scrubbing(measured[SCRUBBING])]
    return "\n".join(parts)


def _scrubbing(part: dict[str, Any]) -> str:
    lines = ["| planted contacts that go | " + " | ".join(KINDS) + " |", "|---|---|---|---|"]
    for side, found in part["recall"].items():
        shown = (f"{found['by_kind'][kind]['value']:.3f} (from {found['by_kind'][kind]['low']:.3f})" for kind in KINDS)
        lines.append(f"| {side.replace('_', ' ')} | " + " | ".join(shown) + " |")
    shown = (f"{kind.replace('_', ' ')} {found['k']} of {found['n']}" for kind, found in part["kept"].items())
    lines += ["", "The rules were tuned on all three since; `gold/contacts.yaml` gives the first look at each."]
    lines += ["", f"- Names and numbers that are no contact, yet touched: {', '.join(shown)}."]
    for name, harm in part["harm"].items():
        told = ", ".join(f"{measure.replace('_', ' ')} {points:.2f}" for measure, points in harm.items())
        lines.append(f"- Points of F1 lost, ads {name.replace('_', ' ')}: {told}.")
    return "\n".join(lines)


def _set_table(measured: dict[str, Any]) -> str:
    lines = [
        "| set | what it is | n | precision | recall | specificity | F1 (95 %) | five classes | closed skills F1 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    abouts = [(gold.name, gold.about + ("" if gold.tuned else "; **never tuned on**")) for gold in load_floors()]
    for name, about in [*abouts, (REAL, "60 labelled real ads, sums only; used during development")]:
        if name not in measured:
            continue
        m, key = measured[name]["overall"]["is_ai"], measured[name]["key"]
        shown = [_two(m[score]) for score in ("precision", "recall", "specificity")]
        f1 = f"{_two(m['f1'])} ({_two(m['f1_low'])}-{_two(m['f1_high'])})"
        classes = _two(key["class_accuracy"]) if measured[name]["by_class"] else "-"
        cells = [name, about, str(m["n"]), *shown, f1, classes, _two(key["closed_micro_f1"])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _details(part: dict[str, Any]) -> str:
    lines = [
        "| texts | n | F1 | specificity | closed skills F1 | sector accuracy, abstention |",
        "|---|---|---|---|---|---|",
    ]
    for name, scores in {
        "all": part["overall"],
        "clear ones": part["without_borderline"],
        **part["by_language"],
    }.items():
        m, sector = scores["is_ai"], scores["sector"]
        cells = [name, str(m["n"]), _two(m["f1"]), _two(m["specificity"]), _two(scores["skills"]["closed_micro_f1"])]
        lines.append("| " + " | ".join([*cells, f"{_two(sector['accuracy'])}, {_two(sector['abstention'])}"]) + " |")
    hard = part["hard_negatives"]
    lines += ["", f"- Hard negatives flagged: {hard['k']} of {hard['n']} ({_interval(hard)})."]
    for name, scores in part["by_class"].items():
        lines.append(
            f"- Class *{name}*: sensitivity {_interval(scores['sensitivity'])}, "
            f"specificity {_interval(scores['specificity'])}, on these texts only."
        )
    if part["projected_precision"]:
        shown = ", ".join(
            f"{float(share):.0%}: {_two(p['value'])} ({_two(p['low'])}-{_two(p['high'])})"
            for share, p in part["projected_precision"].items()
        )
        lines.append(f"- Precision to be expected where so many texts are AI texts: {shown}.")
    skills = part["skills"]
    lines.append(
        f"- Skills, micro / macro F1: open {_two(skills['open']['micro_f1'])} / {_two(skills['open']['macro_f1'])}, "
        f"closed {_two(skills['closed']['micro_f1'])} / {_two(skills['closed']['macro_f1'])}, closed without parents "
        f"{_two(skills['closed_without_parents']['micro_f1'])} / {_two(skills['closed_without_parents']['macro_f1'])}."
    )
    for title, key in (("group", "recall_by_group"), ("first year", "recall_by_first_seen")):
        shown = ", ".join(f"{name} {_two(p['value'])} (n {p['n']})" for name, p in skills[key].items())
        if shown:
            lines.append(f"- Recall of skills by {title}: {shown}.")
    calibration = part["calibration"]
    lines.append(f"- Calibration: expected error {_two(calibration['ece'])}, Brier score {_two(calibration['brier'])}.")
    for name, s in part.get("stability", {}).items():
        lines.append(f"- As {name.replace('_', ' ')}: is_ai the same {_interval(s['same_is_ai'])}, F1 {_two(s['f1'])}.")
    return "\n".join(lines)


def _interval(found: dict[str, Any]) -> str:
    return "-" if found["value"] is None else f"{_two(found['value'])} ({_two(found['low'])}-{_two(found['high'])})"


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def write_card(measured: dict[str, Any]) -> None:
    """Writes the figures beside the gold sets and into the card, between its two marks."""
    MEASURED.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    before, _, rest = CARD.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    CARD.write_text(f"{before}{_BEGIN}\n{render(measured)}\n{_END}{after}", encoding="utf-8")


def main(arguments: list[str]) -> None:
    """``[REAL_ADS.jsonl]``: measure and write."""
    kept = json.loads(MEASURED.read_bytes()) if MEASURED.exists() else {}
    measured = measure(Path(arguments[0]) if arguments else None)
    if REAL not in measured and REAL in kept:
        measured[REAL] = kept[REAL]
    write_card(measured | {SCRUBBING: measure_scrubbing(gold_ads())})


if __name__ == "__main__":
    main(sys.argv[1:])
