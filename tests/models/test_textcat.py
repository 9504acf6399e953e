"""The trained categorisers: same rows, same bytes; the fast path gives spaCy's numbers; wrong data is told plainly."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import spacy

from models.textcat import Textcat, load_textcat, words
from models.training import build as training
from models.training.corpus import Settings, TrainingError, read_rows

TOPICS = {
    "user": ("you draft letters with an assistant", "vous rédigez des courriers avec un assistant"),
    "not_ai": ("you prepare VAT returns", "vous accueillez les visiteurs en tant qu'agent"),
}
# The labels stand in another order than spaCy sorts them, so that columns mixed up would be seen.
SMALL = Settings(labels=("user", "not_ai"), exclusive=True, length=1024, epochs=3)


def _write(directory: Path, rows: list[dict[str, object]]) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (directory / "small.jsonl").write_text(lines, encoding="utf-8")
    return directory


@pytest.fixture(scope="module")
def rows() -> list[dict[str, object]]:
    return [
        {
            "text": f"{TOPICS[label][i % 2]} {i}",
            "cats": [label],
            "lang": ("en", "fr")[i % 2],
            "split": "dev" if i % 4 == 0 else "train",
        }
        for i in range(120)
        for label in TOPICS
    ]


@pytest.fixture(scope="module")
def trained(
    rows: list[dict[str, object]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Textcat, spacy.Language, Path]:
    """A small categoriser, the spaCy pipeline that it was packaged from, and the directory of both."""
    root = tmp_path_factory.mktemp("textcat")
    kept: list[spacy.Language] = []
    original = training._parameters

    def keep(directory: Path) -> object:
        kept.append(spacy.load(directory))
        return original(directory)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_parameters", keep)
        textcat = training.build("small", SMALL, data=_write(root / "data", rows), out=root / "one")
    return textcat, kept[0], root


def test_the_same_rows_give_the_same_bytes(trained: tuple[Textcat, spacy.Language, Path]) -> None:
    _, _, root = trained
    training.build("small", SMALL, data=root / "data", out=root / "two")
    for name in ("meta.json", "weights.npz"):
        assert (root / "one/small" / name).read_bytes() == (root / "two/small" / name).read_bytes()


def test_a_trained_categoriser_tells_the_topics_apart(trained: tuple[Textcat, spacy.Language, Path]) -> None:
    textcat, _, _ = trained
    scores = textcat.scores("Vous rédigez des courriers")
    assert set(scores) == {"user", "not_ai"}
    assert scores["user"] > 0.6
    assert sum(scores.values()) == pytest.approx(1.0)
    assert textcat.meta.dev["all"]["accuracy"] == 1.0
    assert textcat.scores_of([]) == []


@pytest.mark.parametrize("text", ["Vous accueillez, agent du case-list", "Assistant 3D", "", "¿?", "a" * 90_000])
def test_the_fast_path_gives_the_numbers_of_spacy(text: str, trained: tuple[Textcat, spacy.Language, Path]) -> None:
    textcat, nlp, _ = trained
    # weights are stored in half precision
    assert textcat.scores(text) == pytest.approx(nlp(" ".join(words(text))).cats, abs=2e-3)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"text": "a", "cats": ["boss"], "lang": "en", "split": "train"}, "small.jsonl:1: unknown label 'boss'"),
        ({"text": "a", "cats": [], "lang": "en", "split": "train"}, "small.jsonl:1: 0 labels where one is wanted"),
        ({"text": "a", "cats": ["user"], "lang": "nl", "split": "train"}, "small.jsonl:1: 1 validation error for Row"),
        ({"text": "a", "cats": ["user"], "lang": "en", "split": "train"}, "small.jsonl: both splits, train and dev"),
    ],
)
def test_wrong_rows_are_told_with_their_line(row: dict[str, object], fault: str, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=re.escape(fault)):
        read_rows("small", SMALL, _write(tmp_path, [row]))


def test_a_group_stands_on_one_side_of_the_split(tmp_path: Path) -> None:
    row = {"text": "a", "cats": ["user"], "lang": "en", "group": "g1"}
    with pytest.raises(TrainingError, match="group 'g1' stands on both sides"):
        read_rows("small", SMALL, _write(tmp_path, [{**row, "split": "train"}, {**row, "split": "dev"}]))


def test_a_categoriser_that_was_never_trained_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        load_textcat("nobody")
