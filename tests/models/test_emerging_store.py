"""Emerging terms on disk: counted once for the same texts, the same bytes whatever the history, no contacts in them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from models.emerging_store import SCHEMA, count_terms, term_folder
from models.scrub import scrub_text
from models.store import classify_records, text_key

CONTEXTS = (
    "Build {} for machine learning.",
    "Train machine learning models beside {}.",
    "Tune {} by machine learning.",
)
CONTACT = "\nQuestions to: Marie Exemple, m.e@firma.lu"
OTHER = "Your tasks\n- Drive bus {} with a smile."


def text_of(number: int) -> str:
    if number % 2 == 0:
        return OTHER.format(number)
    return scrub_text(f"Your tasks\n- {CONTEXTS[number % 3].format('latent planners')}{CONTACT}")


def write_records(root: Path, crawl: str, numbers: range) -> None:
    folder = root / "records" / "job_posting" / "boards"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"title": f"Colleague {n}", "employer": f"Firma {n % 5}", "text": text_of(n)} for n in numbers]
    pq.write_table(pa.Table.from_pylist(rows), folder / f"{crawl}.parquet")


def count(root: Path) -> tuple[int, bool]:
    classify_records(root / "records", root / "classified", workers=1)
    report = count_terms(root / "records", root / "classified")
    return report.terms, report.is_new


def test_terms_are_counted_when_something_new_was_read(tmp_path: Path) -> None:
    write_records(tmp_path, "c1", range(60))
    terms, is_new = count(tmp_path)
    assert is_new
    (part,) = term_folder(tmp_path / "classified").glob("*.parquet")
    table = pq.read_table(part)
    assert table.schema.names == SCHEMA.names
    found = {row["term"]: row for row in table.to_pylist()}
    assert len(found) == terms
    row = found["latent planners"]
    assert (row["texts_ai"], row["texts_other"], row["employers_ai"], row["languages"]) == (30, 0, 5, ["en"])
    assert row["example_sha256"] in {text_key(f"Colleague {n}", f"Firma {n % 5}", text_of(n)) for n in range(1, 60, 2)}
    assert not [term for term in found if any(word in term for word in ("exemple", "firma.lu", "email", "contact"))]
    assert count(tmp_path) == (terms, False)
    write_records(tmp_path, "c2", range(60, 70))
    assert count(tmp_path)[1]
    assert len(list(term_folder(tmp_path / "classified").iterdir())) == 2, "the part of the former state is gone"


def test_two_runs_and_one_give_the_same_bytes(tmp_path: Path) -> None:
    once, twice = tmp_path / "once", tmp_path / "twice"
    write_records(once, "c1", range(60))
    write_records(twice, "c1", range(30))
    count(twice)
    write_records(twice, "c2", range(30, 60))
    count(once)
    count(twice)
    (left,), (right,) = (list(term_folder(root / "classified").glob("*.parquet")) for root in (once, twice))
    assert left.name == right.name
    assert left.read_bytes() == right.read_bytes()


def test_a_part_without_its_checksum_is_written_again(tmp_path: Path) -> None:
    write_records(tmp_path, "c1", range(20))
    count(tmp_path)
    (note,) = term_folder(tmp_path / "classified").glob("*.sha256")
    note.unlink()
    assert count(tmp_path)[1]
    assert note.exists()


def test_nothing_read_nothing_written(tmp_path: Path) -> None:
    assert count(tmp_path) == (0, False)
    assert not term_folder(tmp_path / "classified").exists()
