"""``python -m models.training.build [NAME ...]``: trains the categorisers and packages them to ``models/trained/``.

Belongs here: rows to spaCy's binary format, ``spacy train``, packaging, dev scores. Never here: texts, settings (data).
Same rows, settings and versions give the same bytes: seeds are fixed, and one process trains on one thread.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from spacy.cli.train import train
from spacy.tokens import DocBin

import models.pipeline  # noqa: F401  # registers the tokenizer that config.cfg names
from models.textcat import TRAINED, Meta, Textcat, read_textcat, words, write_textcat
from models.training.corpus import (
    HERE,
    Row,
    Settings,
    TrainingError,
    corpus_hash,
    load_settings,
    read_rows,
    with_masked,
)
from models.training.generate import generated


def build(
    name: str, settings: Settings, *, data: Path = HERE / "texts", out: Path = TRAINED, quiet: bool = True
) -> Textcat:
    """Trains one categoriser and writes its artefact to ``out/name``. Raises TrainingError for wrong data."""
    source = read_rows(name, settings, data) + generated(name, data)
    rows = list(with_masked(source)) if settings.mask else source
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        for split in ("train", "dev"):
            _docbin([row for row in rows if row.split == split], settings).to_disk(work / f"{split}.spacy")
        with contextlib.redirect_stdout(io.StringIO() if quiet else sys.stdout):
            train(HERE / "config.cfg", work / "out", overrides=_overrides(settings, work))
        weights, bias, labels = _parameters(work / "out" / "model-last")
    order = [labels.index(label) for label in settings.labels]
    weights, bias = weights[:, order], bias[order]
    meta = Meta(
        name=name,
        labels=settings.labels,
        exclusive=settings.exclusive,
        ngrams=settings.ngrams,
        length=settings.length,
        stem=settings.stem,
        masked=settings.mask,
        corpus_sha256=corpus_hash(name, settings, source),
        texts=dict(sorted(Counter(f"{row.split}_{row.lang}{'_masked' * row.masked}" for row in rows).items())),
        dev={},
    )
    write_textcat(out / name, meta, weights, bias)
    dev = dev_scores(read_textcat(out / name), [row for row in rows if row.split == "dev"])
    write_textcat(out / name, meta.model_copy(update={"dev": dev}), weights, bias)
    return read_textcat(out / name)


def dev_scores(textcat: Textcat, rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """F1 of each label and their mean, per language and over all, masked copies apart.

    Exclusive: the best label counts, and ``accuracy`` is given too; otherwise every label from one half on. A label
    that neither the rows nor the answers hold has no F1 and does not enter the mean.
    """
    answers = textcat.scores_of([row.text for row in rows])
    said: list[set[str]] = []
    for scores in answers:
        best = max(scores, key=lambda label: scores[label])
        said.append({best} if textcat.meta.exclusive else {label for label, score in scores.items() if score >= 0.5})
    groups: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        for key in ("masked" if row.masked else "all", f"{row.lang}{'_masked' if row.masked else ''}"):
            groups.setdefault(key, []).append(index)
    found: dict[str, dict[str, float]] = {}
    for key, indexes in sorted(groups.items()):
        result: dict[str, float] = {"texts": len(indexes)}
        if textcat.meta.exclusive:
            right = sum(said[i] == set(rows[i].cats) for i in indexes)
            result["accuracy"] = round(right / len(indexes), 4)
        values = []
        for label in textcat.labels:
            hit = sum(label in said[i] and label in rows[i].cats for i in indexes)
            total = sum((label in said[i]) + (label in rows[i].cats) for i in indexes)
            if total:
                values.append(2 * hit / total)
                if len(textcat.labels) <= 12:
                    result[f"f1_{label}"] = round(values[-1], 4)
        result["macro_f1"] = round(sum(values) / len(values), 4) if values else 0.0
        found[key] = result
    return found


def _docbin(rows: Sequence[Row], settings: Settings) -> DocBin:
    nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "luxai.regex_tokenizer.v1"}}})
    box = DocBin(attrs=["ORTH", "SPACY"])
    for row in rows:
        # The words joined by blanks: the tokenizer of config.cfg cuts them again exactly as textcat.words does.
        doc = nlp.make_doc(" ".join(words(row.text, settings.stem)))
        doc.cats = {label: float(label in row.cats) for label in settings.labels}
        box.add(doc)
    return box


def _overrides(settings: Settings, work: Path) -> dict[str, object]:
    return {
        "paths.train": str(work / "train.spacy"),
        "paths.dev": str(work / "dev.spacy"),
        "components.textcat.factory": "textcat" if settings.exclusive else "textcat_multilabel",
        "components.textcat.model.exclusive_classes": settings.exclusive,
        "components.textcat.model.length": settings.length,
        "components.textcat.model.ngram_size": settings.ngrams,
        "training.max_epochs": settings.epochs,
        "training.optimizer.L2": settings.l2,
        "training.optimizer.learn_rate": settings.learn_rate,
    }


def _parameters(directory: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    pipe: Any = spacy.load(directory).get_pipe("textcat")
    layer = pipe.model.get_ref("output_layer")
    bias = np.asarray(layer.get_param("b"), dtype="float32")
    weights = np.asarray(layer.get_param("W"), dtype="float32").reshape(len(bias), -1).T
    return weights, bias, list(pipe.labels)


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains all categorisers or those named; prints size, time and dev scores."""
    settings = load_settings()
    parser = argparse.ArgumentParser(
        prog="python -m models.training.build", description="Trains the text categorisers."
    )
    parser.add_argument("name", nargs="*", help=f"default: all of {', '.join(settings)}")
    names = parser.parse_args(arguments).name or list(settings)
    for name in names:
        if name not in settings:
            parser.error(f"{name!r} has no section in categorisers.yaml")
        started = time.monotonic()
        try:
            textcat = build(name, settings[name])
        except TrainingError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        size = sum(path.stat().st_size for path in (TRAINED / name).iterdir())
        print(f"{name}: {size / 1024:.0f} KB, {time.monotonic() - started:.0f} s")
        for key, values in textcat.meta.dev.items():
            print(f"  {key:10}" + "  ".join(f"{label} {value:g}" for label, value in values.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
