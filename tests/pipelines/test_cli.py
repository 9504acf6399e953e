"""The command line's contract: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import observatory
from tests.payloads import board, job


def one_line(text: str) -> bool:
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text


def test_decode_gives_records_on_stdout_and_rejects_on_stderr(tmp_path: Path) -> None:
    payload = tmp_path / "board.json"
    payload.write_bytes(board([job(1), job(2, title=None)]))
    result = observatory(
        tmp_path, "decode", "greenhouse", str(payload), "--url", "https://boards-api.greenhouse.io/v1/boards/x/jobs"
    )
    assert result.returncode == 0
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [r["posting_id"] for r in records] == ["1"]
    assert records[0]["is_luxembourg"] is True
    assert "missing_title" in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("empty.json", b'{"jobs": [], "meta": {"total": 0}}', 3), ("broken.json", b"<html>", 2), ("absent.json", None, 2)],
)
def test_decode_says_why_there_is_nothing(name: str, content: bytes | None, code: int, tmp_path: Path) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    result = observatory(tmp_path, "decode", "greenhouse", str(path))
    assert result.returncode == code
    assert result.stdout == ""
    if code == 2:
        assert one_line(result.stderr), result.stderr


def test_an_unknown_format_is_wrong_use(tmp_path: Path) -> None:
    result = observatory(tmp_path, "decode", "pigeon", "x")
    assert result.returncode == 2
    assert "greenhouse" in result.stderr
    assert one_line(result.stderr)


def test_classify_writes_the_contract_columns(tmp_path: Path) -> None:
    texts = tmp_path / "in.jsonl"
    rows = [
        {"id": "a", "title": "Machine Learning Engineer", "text": "Your tasks\nTrain deep learning models in PyTorch."},
        {"id": "b", "title": "Comptable", "text": "Vos missions\nTenir la comptabilité. Envoyez votre CV."},
    ]
    texts.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = observatory(tmp_path, "classify", str(texts), "-o", str(tmp_path / "out.jsonl"), "--workers", "1")
    assert result.returncode == 0, result.stderr
    out = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    seen = [(row["id"], row["ai_class"], row["is_ai"]) for row in out]
    assert seen == [("a", "practitioner", True), ("b", "none", False)]
    columns = {"lang", "ai_score", "skills", "evidence", "sector", "sector_basis", "occupation", "model_version"}
    columns |= {"sector_nace21", "occupation_sub_major"}
    assert columns <= set(out[0])
    first = out[0]["evidence"][0]
    assert {"concept", "text", "start", "end", "part"} <= set(first)


def test_a_bad_line_of_texts_is_named_and_costs_no_good_one(tmp_path: Path) -> None:
    texts = tmp_path / "in.jsonl"
    texts.write_text('\ufeff{"id": 1, "text": "x"}\n{"id": 3}\n{"id": "b", "text": "y"}\n', encoding="utf-8")
    result = observatory(tmp_path, "classify", str(texts))
    assert result.returncode == 1
    assert "line 2" in result.stderr
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [1, "b"], "good lines go on, ids as given"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (["trace", "T1"], 1),
        (["query", "select 1"], 1),
        (["release", "verify"], 1),
        (["release", "show", "nothing"], 1),
        (["source", "show", "nothing"], 2),
        (["trace", "T1", "--dim", "x"], 2),
        (["rebuild"], 2),
        (["run", "--mode", "sideways"], 2),
    ],
)
def test_on_an_empty_root_errors_are_one_line(call: list[str], code: int, tmp_path: Path) -> None:
    result = observatory(tmp_path / "nothing", *call)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.strip()


def test_live_refuses_to_start_without_a_contact(tmp_path: Path) -> None:
    result = observatory(tmp_path, "run", "--mode", "live", OBSERVATORY_CONTACT="")
    assert result.returncode == 1
    assert "OBSERVATORY_CONTACT" in result.stdout + result.stderr


def test_what_a_query_prints_is_text_not_markup(sample_run: Path) -> None:
    result = observatory(sample_run, "query", "select 'Engineer [m/w/d] [/b]' as title, chr(27) || 'x' as bell")
    assert result.returncode == 0, result.stderr
    assert "Engineer [m/w/d] [/b]" in result.stdout
    assert "\x1b" not in result.stdout


def test_csv_of_a_query_holds_no_formula(sample_run: Path) -> None:
    result = observatory(sample_run, "query", "select '=1+1' as a", "--format", "csv")
    assert result.stdout.splitlines()[1].startswith("'=")


def test_a_result_that_is_too_large_is_left(sample_run: Path) -> None:
    result = observatory(sample_run, "query", "select repeat('x', 1000000) from generate_series(1, 2000)")
    assert result.returncode == 1
    assert one_line(result.stderr)


def test_a_damaged_pointer_is_mended_by_the_call_that_it_names(sample_copy: Path) -> None:
    pointer = sample_copy / "releases" / "current.json"
    release_id = json.loads(pointer.read_text(encoding="utf-8"))["release_id"]
    pointer.write_text("{bad", encoding="utf-8")
    told = observatory(sample_copy, "release", "verify")
    assert told.returncode == 1
    assert "roll back" in told.stderr
    assert release_id in observatory(sample_copy, "release", "list").stdout
    assert observatory(sample_copy, "release", "rollback", release_id).returncode == 0
    assert observatory(sample_copy, "release", "verify").returncode == 0
