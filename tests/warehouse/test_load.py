"""Loading: whole files or nothing, each once, and one clear line about what cannot be loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.warehouse.make_release import BOARDS, MODEL_VERSION, World, add_statistics, crawl_id, posting, write_parquet
from warehouse.connection import opened
from warehouse.load import LoadError

DAYS = [date(2025, 1, 6), date(2025, 1, 20)]


@pytest.fixture
def small(tmp_path: Path) -> World:
    """Three postings at two crawls, and statistics, in a folder with awkward characters."""
    world = World(tmp_path / 'it\'s [a] "data" * root')
    add_statistics(world)
    for day in DAYS:
        world.crawl(BOARDS, day)
    for number in range(3):
        world.list_between(posting(number, DAYS[0]), DAYS)
    world.write()
    return world


def rows(world: World, sql: str) -> list[tuple[Any, ...]]:
    with opened(world.warehouse_file, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def file_of(world: World, day: date = DAYS[0]) -> Path:
    return world.root / "records" / "job_posting" / BOARDS / f"{crawl_id(day)}.parquet"


def test_every_row_arrives_once_and_texts_are_kept_once(small: World) -> None:
    report = small.load()
    assert report.changed
    assert report.rows["job_posting"] == 6
    assert report.rows["posting_text"] == 3
    assert report.rows["observation"] == sum(record.kind == "observation" for record in small.records)
    joined = rows(small, "select count(*) from raw.job_posting join raw.classified using (text_sha256)")
    assert joined == [(6,)], "the key of a text is the one that classifications are stored under"


def test_emerging_terms_are_replaced_with_their_part(small: World) -> None:
    for term, count in (("latent planners", 1), ("quillmesh", 2)):
        small.emerge(term, posting(0, DAYS[0]))
        small.write()
        assert small.load().rows["emerging_term"] == count
    assert rows(small, "select term, texts_ai, languages from raw.emerging_term order by 1") == [
        ("latent planners", 7, ["en", "fr"]),
        ("quillmesh", 7, ["en", "fr"]),
    ]
    small.terms.clear()
    small.write()
    assert small.load().rows["emerging_term"] == 0


def test_equal_inputs_change_nothing_not_even_the_file(small: World) -> None:
    small.load()
    before = small.warehouse_file.read_bytes()
    report = small.load()
    assert not report.changed
    assert (report.new, report.removed) == (0, 0)
    assert small.warehouse_file.read_bytes() == before


def test_a_rewritten_file_replaces_its_rows_and_a_missing_one_takes_them_along(small: World) -> None:
    small.load()
    table = pq.read_table(file_of(small))
    write_parquet(file_of(small), table.slice(0, 1))
    assert small.load().rows["job_posting"] == 4
    file_of(small).unlink()
    report = small.load()
    assert report.removed == 1
    assert rows(small, "select distinct crawl_id from raw.job_posting") == [(crawl_id(DAYS[1]),)]


def test_a_text_that_only_the_replaced_file_had_is_not_kept(small: World) -> None:
    small.load()
    for day in DAYS:
        write_parquet(file_of(small, day), pq.read_table(file_of(small, day)).slice(0, 1))
    assert small.load().rows["posting_text"] == 1


def test_a_text_classified_twice_survives_the_loss_of_either_part(small: World) -> None:
    first = next(small.root.glob("classified/job_posting/*/part-1.parquet"))
    write_parquet(first.with_name("part-2.parquet"), pq.read_table(first))
    assert small.load().rows["classified"] == 6
    first.unlink()
    assert small.load().rows["classified"] == 3


def test_texts_of_one_ad_are_those_of_the_files_that_are_there(small: World) -> None:
    small.link(*(posting(number, DAYS[0]) for number in range(2)))
    small.write()
    assert small.load().rows["duplicate"] == 2
    found = rows(small, "select count(distinct ad_id), bool_and(has_text), count(translation_of) from raw.duplicate")
    assert found == [(1, True, 0)]
    next(small.root.glob("classified/duplicate/*/*.parquet")).unlink()
    assert small.load().rows["duplicate"] == 0


def test_claims_of_texts_are_loaded_and_go_with_their_file(small: World) -> None:
    claim = {"claim_no": 0, "phrase": "3 M€", "amount": 3e6, "organisations": ["Tilleul"]}
    row = {"text_sha256": "a" * 64, "published_on": "2026-05-11", "claims": [claim], "model_version": MODEL_VERSION}
    part = small.root / "classified" / "claim" / MODEL_VERSION / "part-1.parquet"
    write_parquet(part, pa.Table.from_pylist([row]))
    assert small.load().rows["text_claim"] == 1
    said = "select json_extract_string(claims, '$[0].phrase'), json_extract_string(claims, '$[0].organisations[0]')"
    assert rows(small, f"{said} from raw.text_claim") == [("3 M€", "Tilleul")]
    part.unlink()
    assert small.load().rows["text_claim"] == 0


def test_a_flipped_byte_is_named_and_nothing_is_loaded(small: World) -> None:
    small.load()
    table = pq.read_table(file_of(small))
    write_parquet(file_of(small), table.slice(0, 2))
    damaged = bytearray(file_of(small).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file_of(small).write_bytes(damaged)
    with pytest.raises(LoadError, match=f"records/job_posting/{BOARDS}/{crawl_id(DAYS[0])}.parquet.*checksum"):
        small.load()
    assert rows(small, "select count(*) from raw.job_posting") == [(6,)]


def test_a_file_that_is_not_parquet_is_one_line(small: World) -> None:
    import hashlib

    file_of(small).write_bytes(b"PAR1 but not really")
    sidecar = file_of(small).with_name(file_of(small).name + ".sha256")
    sidecar.write_text(hashlib.sha256(file_of(small).read_bytes()).hexdigest(), encoding="ascii")
    with pytest.raises(LoadError) as caught:
        small.load()
    assert crawl_id(DAYS[0]) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_without_checksum_is_refused(small: World) -> None:
    file_of(small).with_name(file_of(small).name + ".sha256").unlink()
    with pytest.raises(LoadError, match="checksum file is missing"):
        small.load()


def test_a_missing_column_is_named(small: World) -> None:
    write_parquet(file_of(small), pq.read_table(file_of(small)).drop_columns(["employer"]))
    with pytest.raises(LoadError, match="employer"):
        small.load()


def test_records_of_an_earlier_version_name_the_command_that_makes_them_again(small: World) -> None:
    table = pq.read_table(file_of(small)).drop_columns(["locator", "vacancies", "workplace", "industry"])
    write_parquet(file_of(small), table)
    with pytest.raises(LoadError, match=r"earlier version, without .* and 1 more; run: observatory rebuild") as caught:
        small.load()
    assert "\n" not in str(caught.value)


def test_the_judgement_of_crawls_is_replaced_as_a_whole(small: World) -> None:
    held = {"source_id": BOARDS, "crawl_id": "c", "part": "x", "what": "records", "usual": 40.0, "found": 3.0}
    assert small.load(drift={"held": [held]}).changed
    assert rows(small, "select part, usual, found from raw.held") == [("x", 40.0, 3.0)]
    assert not small.load(drift={"held": [held]}).changed
    assert small.load().changed
    with pytest.raises(LoadError, match=f"held {BOARDS}|held c: found"):
        small.load(drift={"held": [{**held, "found": "few"}]})


def test_rows_of_another_crawl_are_refused(small: World) -> None:
    write_parquet(file_of(small), pq.read_table(file_of(small, DAYS[1])))
    with pytest.raises(LoadError, match="another source or crawl"):
        small.load()


def test_a_crawl_record_without_its_fields_is_named(small: World) -> None:
    del small.crawls[BOARDS, crawl_id(DAYS[0])]["complete"]
    with pytest.raises(LoadError, match=f"crawl record {crawl_id(DAYS[0])}: complete"):
        small.load()


def test_a_source_that_changes_its_terms_is_a_change(small: World) -> None:
    small.load()
    small.sources[0]["licence"]["redistribute"] = False
    assert small.load().changed
    assert not small.load().changed


def test_the_section_of_a_board_comes_from_the_registry_where_it_is_declared(small: World) -> None:
    boards = [{"board": "x", "employer": "The State", "nace_section": "O"}, {"board": "y", "employer": "Someone"}]
    small.sources[0] |= {"params": {"boards": boards}, "universe": "Open posts", "watch": {"every_minutes": 720}}
    small.load()
    with opened(small.warehouse_file, read_only=True) as connection:
        declared = connection.execute("select board_id, employer, nace_section from raw.board").fetchall()
        assert declared == [("x", "The State", "O"), ("y", "Someone", None)]
        kept = connection.execute("select universe, watch_every_minutes from raw.source order by source_id desc")
        assert kept.fetchone() == ("Open posts", 720)


def test_a_registry_table_of_an_older_version_is_loaded_again(small: World) -> None:
    small.load()
    with opened(small.warehouse_file) as connection:
        connection.execute("alter table raw.source drop column universe")
    assert small.load().changed
