"""The metadata blocks of the indicators, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from warehouse.build import PROJECT_DIR
from warehouse.catalogue import INDICATORS_DIR, LANGUAGES, CatalogueError, load_catalogue
from warehouse.published import descriptions, public_tables, restricted_tables

BLOCKS = {block.code: block for block in load_catalogue()}


def test_the_spine_is_there_and_what_cannot_run_is_planned() -> None:
    assert {code for code, block in BLOCKS.items() if block.status == "live"} == {
        *("A1", "T1", "T5", "T12"),
        *("I4", "R1", "N1"),
    }
    planned = {code: block for code, block in BLOCKS.items() if block.status == "planned"}
    assert set(planned) == {"T1c", "T2", "T3"}
    assert all(block.waits_for is not None for block in planned.values())


@pytest.mark.parametrize("code", sorted(BLOCKS))
def test_names_and_questions_are_said_in_four_languages(code: str) -> None:
    row = BLOCKS[code].row()
    for field in ("name", "question"):
        texts = {row[f"{field}_{lang}"] for lang in LANGUAGES}
        assert len(texts) == len(LANGUAGES), "a text was left untranslated"
    assert row["question_en"].endswith("?")


@pytest.mark.parametrize("code", sorted(code for code, block in BLOCKS.items() if block.status == "live"))
def test_models_that_a_block_names_exist(code: str) -> None:
    models = {path.stem for path in (PROJECT_DIR / "models" / "marts").glob("*.sql")}
    assert {*BLOCKS[code].counts, BLOCKS[code].lineage} <= models


def test_a1_says_that_the_list_widened_and_finance_is_missing() -> None:
    assert [item.period for item in BLOCKS["A1"].breaks] == ["2025"]
    assert "NACE K" in BLOCKS["A1"].caveat.fr


def changed(folder: Path, file_stem: str, changes: dict[str, object]) -> Path:
    block = yaml.safe_load((INDICATORS_DIR / f"{file_stem}.yaml").read_text(encoding="utf-8"))
    file = folder / f"{file_stem}.yaml"
    file.write_text(yaml.safe_dump({**block, **changes}), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unknown": 1}, "unknown"),
        ({"recommendations": [31]}, "1 to 30"),
        ({"counts": []}, "counts and lineage"),
        ({"status": "planned"}, "waits_for"),
        ({"dominance": ["employer"]}, "employer"),
        ({"code": "T9"}, "file name"),
        ({"name": {"en": "AI", "fr": "IA"}}, "name"),
    ],
)
def test_a_wrong_block_is_one_line_naming_file_and_field(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(CatalogueError, match=rf"^T1\.yaml: .*{said}") as caught:
        load_catalogue(changed(tmp_path, "T1", changes))
    assert "\n" not in str(caught.value)


def test_every_published_column_is_described(release: object) -> None:
    for table in (*public_tables("x"), *restricted_tables()):
        about, columns = descriptions(table)
        assert about
        assert all(columns.values())


def test_every_model_and_column_of_the_project_is_described() -> None:
    described = {}
    for file in PROJECT_DIR.glob("models/*/*.yml"):
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", []):
            described[model["name"]] = model
    assert set(described) == {path.stem for path in PROJECT_DIR.glob("models/*/*.sql")}
    for name, model in described.items():
        assert model["description"], name
        assert all(column["description"] and column["data_type"] for column in model["columns"]), name
