"""``python -m models.training.fit_decision [--write] [--held] [--also FILE]``: fits the decision on the gold ads.

Belongs here: an L2 logistic regression with a prior, cross-validation by author, calibration, the report, and
``models/decision.yaml``. Never here: features (models/features.py), the choice whether the result decides (decide.py).
Method: maximum a posteriori with a normal prior on standardised weights, solved by L-BFGS-B (scipy.optimize).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict
from scipy.optimize import minimize

from models import pipeline
from models.features import NAMES, features
from models.fitted import PATH
from models.language import LANGUAGES, languages_of
from models.matching import concerns_ai
from models.normalise import normalise
from models.onepass import look
from models.training.corpus import HERE

GOLD = HERE.parent / "gold"
_BINS = 10


class Plan(BaseModel):
    """The content of decision_fit.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    authors: dict[str, tuple[str, ...]]
    held: tuple[str, ...]
    prior: dict[str, float]
    l2: float
    rules: tuple[str, ...]
    cats: tuple[str, ...]


@dataclass(frozen=True)
class Ad:
    """A labelled ad as the fit sees it. ``values``: None where the prefilter ended the reading (not AI, not fitted)."""

    author: str
    lang: str
    is_ai: bool
    score: float
    values: np.ndarray | None


def read_ads(path: Path, author: str) -> list[Ad]:
    """The labelled ads of a JSONL file, read by the pipeline."""
    ads = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("is_ai") is None:
            continue
        passed = look(normalise(row.get("title") or ""), normalise(row["text"]))
        lang = str(row.get("lang") or "")
        if not concerns_ai(passed.aliases, passed.text):
            ads.append(Ad(author, lang, row["is_ai"], 0.0, None))
            continue
        _, languages = languages_of(passed.folded[passed.title_end :], passed.title)
        state = pipeline.read_passed(passed, languages=languages, employer=row.get("employer") or "")
        score = state.decision.score if state.decision else 0.0
        ads.append(Ad(author, lang, row["is_ai"], score, features(state)))
    return ads


@dataclass(frozen=True)
class Fit:
    """Weights on the features' own scale."""

    names: tuple[str, ...]
    intercept: float
    weights: np.ndarray

    def probabilities(self, ads: Sequence[Ad]) -> np.ndarray:
        """One probability an ad; 0 where the prefilter ended the reading."""
        index = [NAMES.index(name) for name in self.names]
        logits = [
            self.intercept + float(ad.values[index] @ self.weights) if ad.values is not None else -30.0 for ad in ads
        ]
        return 1.0 / (1.0 + np.exp(-np.clip(np.array(logits), -30.0, 30.0)))


def fit(ads: Sequence[Ad], names: tuple[str, ...], prior: dict[str, float], l2: float) -> Fit:
    """The most probable weights given the ads and a normal prior: mean ``prior``, precision ``l2`` (standardised)."""
    used = [ad for ad in ads if ad.values is not None]
    index = [NAMES.index(name) for name in names]
    matrix = np.array([ad.values[index] for ad in used if ad.values is not None])
    truth = np.array([ad.is_ai for ad in used], dtype=float)
    mean, spread = matrix.mean(axis=0), matrix.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(used)), (matrix - mean) / spread])
    centre = np.array([0.0, *(prior.get(name, 0.0) for name in names)]) * np.array([1.0, *spread])
    free = np.array([0.0, *np.ones(len(names))])  # the intercept is not held back

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        logits = design @ beta
        pull = free * (beta - centre)
        value = float((np.logaddexp(0.0, logits) - truth * logits).sum() + l2 / 2 * (pull @ pull))
        return value, design.T @ (1.0 / (1.0 + np.exp(-logits)) - truth) + l2 * pull

    beta = minimize(loss, centre, jac=True, method="L-BFGS-B").x
    weights = beta[1:] / spread
    return Fit(names, float(beta[0] - weights @ mean), weights)


def cross_validated(ads: Sequence[Ad], fitter: Callable[[Sequence[Ad]], Fit]) -> np.ndarray:
    """Each ad's probability from a fit that saw no ad of its author."""
    found = np.zeros(len(ads))
    for author in dict.fromkeys(ad.author for ad in ads):
        inside = [i for i, ad in enumerate(ads) if ad.author == author]
        fitted = fitter([ad for ad in ads if ad.author != author])
        found[inside] = fitted.probabilities([ads[i] for i in inside])
    return found


def scores(truth: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """F1, false positives and negatives at one half, mean log loss, expected calibration error over ten bins."""
    said = probability >= 0.5
    tp, fp, fn = int((truth & said).sum()), int((~truth & said).sum()), int((truth & ~said).sum())
    safe = np.clip(probability, 1e-3, 1 - 1e-3)
    loss = -np.where(truth, np.log(safe), np.log(1 - safe)).mean()
    error = sum(n / len(truth) * abs(mean - share) for n, mean, share in bins(truth, probability))
    f1 = 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0.0
    return {"f1": round(f1, 3), "fp": fp, "fn": fn, "log_loss": round(float(loss), 3), "ece": round(error, 3)}


def bins(truth: np.ndarray, probability: np.ndarray) -> list[tuple[int, float, float]]:
    """Of each filled tenth of the probability: number of ads, mean probability, share that is AI."""
    place = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    return [
        (int((place == b).sum()), float(probability[place == b].mean()), float(truth[place == b].mean()))
        for b in range(_BINS)
        if (place == b).any()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fits, cross-validates, prints; writes decision.yaml if asked to."""
    parser = argparse.ArgumentParser(prog="python -m models.training.fit_decision", description="Fits the decision.")
    parser.add_argument("--write", action="store_true", help="write models/decision.yaml")
    parser.add_argument("--held", action="store_true", help="score the held-out gold ads too (once, at the end)")
    parser.add_argument("--also", type=Path, action="append", default=[], help="score another JSONL file, never fitted")
    options = parser.parse_args(arguments)
    plan = Plan(**yaml.safe_load((HERE / "decision_fit.yaml").read_text(encoding="utf-8")))
    files = {stem: author for author, stems in plan.authors.items() for stem in stems}
    ads = [ad for stem, author in files.items() for ad in read_ads(GOLD / f"{stem}.jsonl", author)]

    variants = {"rules": plan.rules, "rules and cats": plan.rules + plan.cats}
    fits = {name: fit(ads, names, plan.prior, plan.l2) for name, names in variants.items()}
    crossed = {
        name: cross_validated(ads, lambda part, names=names: fit(part, names, plan.prior, plan.l2))  # type: ignore[misc]
        for name, names in variants.items()
    }
    crossed = {"hand-set": _hand(ads), **crossed}
    print(f"gold, {len(ads)} ads, each author by a fit on the others")
    _report(ads, crossed)
    others = {path.stem: read_ads(path, path.stem) for path in options.also}
    if options.held:
        others["held"] = [ad for stem in plan.held for ad in read_ads(GOLD / f"{stem}.jsonl", stem)]
    for name, part in others.items():
        print(f"\n{name}, {len(part)} ads, never fitted")
        _report(part, {"hand-set": _hand(part)} | {key: value.probabilities(part) for key, value in fits.items()})
    if options.write:
        chosen = "rules and cats"
        truth = np.array([ad.is_ai for ad in ads])
        _write(fits[chosen], plan, files, len(ads), scores(truth, crossed[chosen]))
    return 0


def _hand(ads: Sequence[Ad]) -> np.ndarray:
    return np.array([ad.score for ad in ads])


def _report(ads: Sequence[Ad], by_variant: dict[str, np.ndarray]) -> None:
    truth = np.array([ad.is_ai for ad in ads])
    groups = {"all": np.ones(len(ads), dtype=bool)}
    groups |= {lang: np.array([ad.lang == lang for ad in ads]) for lang in LANGUAGES}
    groups |= {a: np.array([ad.author == a for ad in ads]) for a in dict.fromkeys(ad.author for ad in ads)}
    for variant, probability in by_variant.items():
        print(f"  {variant}")
        for name, inside in groups.items():
            if inside.any():
                found = scores(truth[inside], probability[inside])
                print(f"    {name:20}" + "  ".join(f"{key} {value:<6g}" for key, value in found.items()))
        table = "  ".join(f"{mean:.2f}:{share:.2f} ({n})" for n, mean, share in bins(truth, probability))
        print(f"    said:true (ads)     {table}")


def _write(chosen: Fit, plan: Plan, files: dict[str, str], count: int, crossed: dict[str, float]) -> None:
    digest = hashlib.sha256()
    for stem in sorted(files):
        digest.update((GOLD / f"{stem}.jsonl").read_bytes().replace(b"\r\n", b"\n"))
    content: dict[str, Any] = {
        "intercept": round(chosen.intercept, 4),
        "weights": {name: round(float(w), 4) for name, w in zip(chosen.names, chosen.weights, strict=True)},
        "fitted_on": {
            "gold": sorted(files),
            "ads": count,
            "gold_sha256": digest.hexdigest(),
            "l2": plan.l2,
            "prior": plan.prior,
            "cross_validated": crossed,
        },
    }
    head = "# Written by `python -m models.training.fit_decision --write`; not edited by hand.\n"
    text = head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    PATH.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
