"""Readings on disk: read once, whole files only, the same for the same records."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.store import SCHEMA, classified_folders, classify_records, known_keys, text_key
from models.version import model_version


def write_records(root: Path, crawl: str, texts: list[str]) -> None:
    folder = root / "job_posting" / "boards"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"title": "Planner", "employer": "Firma", "text": text, "other": 1} for text in texts]
    pq.write_table(pa.Table.from_pylist(rows), folder / f"{crawl}.parquet")


def test_only_new_texts_are_read(tmp_path: Path) -> None:
    records, classified = tmp_path / "records", tmp_path / "classified"
    write_records(records, "c1", ["Your tasks\n- Build machine learning models", "Count boxes", "Count boxes"])
    first = classify_records(records, classified, workers=1)
    assert (first.new, first.reused, len(first.files)) == (2, 0, 1)
    again = classify_records(records, classified, workers=1)
    assert (again.new, again.reused, again.files) == (0, 2, ())
    write_records(records, "c2", ["Count boxes", "Drive a bus"])
    third = classify_records(records, classified, workers=1)
    assert (third.new, third.reused, len(third.files)) == (1, 2, 1)
    parts = sorted((classified / "job_posting" / model_version()).glob("part-*.parquet"))
    table = pa.concat_tables([pq.read_table(part) for part in parts])
    assert table.num_rows == 3
    assert table.schema.names == SCHEMA.names
    frame = table.to_pandas().set_index("text_sha256")
    assert frame.loc[text_key("Planner", "Firma", "Count boxes"), "ai_class"] == "none"


def test_equal_records_give_equal_files_with_true_checksums(tmp_path: Path) -> None:
    texts = [f"Your tasks\n- Drive bus {i}" for i in range(5)]
    for name in ("a", "b"):
        write_records(tmp_path / name / "records", "c", texts if name == "a" else texts[::-1])
        classify_records(tmp_path / name / "records", tmp_path / name / "classified", workers=1)
    files = {name: sorted((tmp_path / name / "classified").rglob("*.parquet")) for name in ("a", "b")}
    assert [f.name for f in files["a"]] == [f.name for f in files["b"]]
    for left, right in zip(files["a"], files["b"], strict=True):
        assert left.read_bytes() == right.read_bytes()
        noted = left.with_name(left.name + ".sha256").read_text().split()[0]
        assert noted == hashlib.sha256(left.read_bytes()).hexdigest()


def test_a_part_without_its_checksum_is_read_again(tmp_path: Path) -> None:
    records, classified = tmp_path / "records", tmp_path / "classified"
    write_records(records, "c1", ["Count boxes"])
    part = classify_records(records, classified, workers=1).files[0]
    part.with_name(part.name + ".sha256").unlink()
    assert known_keys(classified) == set()
    assert classify_records(records, classified, workers=1).files == (part,)
    assert len(known_keys(classified)) == 1


def test_each_kind_is_read_by_its_own_rules_and_kept_in_its_own_folder(tmp_path: Path) -> None:
    records, classified = tmp_path / "records", tmp_path / "classified"
    title, text = "Survey on artificial intelligence in banks", "Recruitment: CVs written by AI are not considered."
    kinds = (
        *("job_posting", "research_output", "funding_event", "announcement"),
        *("tender", "funding_call", "legal_step", "course"),
    )
    for kind in kinds:
        (records / kind / "source").mkdir(parents=True)
        row = {"title": title, "text": text, **({"employer": ""} if kind == "job_posting" else {})}
        pq.write_table(pa.Table.from_pylist([row]), records / kind / "source" / "c1.parquet")
    report = classify_records(records, classified)
    assert (report.new, len(report.files)) == (8, 8)
    read = {
        folder.parent.name: pq.read_table(next(folder.glob("*.parquet"))).to_pylist()[0]
        for folder in classified_folders(classified)
    }
    assert {row["text_sha256"] for row in read.values()} == {text_key(title, "", text)}
    assert read["announcement"]["is_ai"]
    assert read["research_output"]["is_ai"]
    assert read["legal_step"]["is_ai"]
    assert read["announcement"]["evidence"][0]["part"] == "title"
    again = classify_records(records, classified)
    assert (again.new, again.reused, again.files) == (0, 8, ())


def test_no_records_is_no_work(tmp_path: Path) -> None:
    report = classify_records(tmp_path / "records", tmp_path / "classified", workers=1)
    assert (report.new, report.reused, report.files) == (0, 0, ())


@pytest.mark.parametrize("delay", [0.9, 1.6])
def test_a_killed_run_leaves_whole_files_only(tmp_path: Path, delay: float) -> None:
    records, classified = tmp_path / "records", tmp_path / "classified"
    write_records(records, "c1", [f"Your tasks\n- Build machine learning model {i}" for i in range(600)])
    code = (
        "import models.store as s, sys\nfrom pathlib import Path\ns.ROWS_PER_PART = 40\n"
        "s.classify_records(Path(sys.argv[1]), Path(sys.argv[2]), workers=1)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(records), str(classified)], cwd=Path(__file__).parents[2])
    time.sleep(delay)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    for part in classified.rglob("part-*.parquet"):
        assert pq.read_table(part).num_rows > 0
    classify_records(records, classified, workers=1)
    keys = pd.concat([pd.read_parquet(p, columns=["text_sha256"]) for p in classified.rglob("part-*.parquet")])
    assert keys["text_sha256"].nunique() == 600
    assert len(keys) == 600
    assert not list(classified.rglob("*.tmp"))
