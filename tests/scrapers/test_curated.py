"""The project's own reviewed lists: whole, linked, sourced; and how they get into the archive, in both modes."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from models.scrub import scrub_text
from scrapers import curated, records
from scrapers.archive import Archive, ArchiveError, ArchiveWriter
from scrapers.decode import decode_crawl
from scrapers.decoders.curated import head_of, is_partial_day
from scrapers.items_base import AmountKind
from scrapers.registry import load_sources, source_by_id
from scrapers.run import crawl, crawl_many

LISTS = {"actors": 106, "initiatives": 45, "recommendations": 30, "funding_claims": 60}
LANGUAGES = {"en", "fr", "de", "lb"}


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The records of each list, through the archive."""
    root = tmp_path_factory.mktemp("archive")
    sources = [source_by_id(f"curated_{name}") for name in LISTS]
    outcomes = crawl_many(sources, root, mode="replay")
    assert {outcome.problem for outcome in outcomes.values()} == {None}
    found = {}
    for name, source in zip(LISTS, sources, strict=True):
        (record,) = Archive(root).crawls(source.id)
        decoded = decode_crawl(Archive(root), source, record.crawl_id)
        assert decoded.rejects == []
        assert records.scrub(decoded, scrub_text).records == decoded.records, "a contact, or what looks like one"
        found[name] = decoded.records
    return found


def test_every_line_loads_and_ids_are_unique(lists: dict[str, list[Any]]) -> None:
    assert {name: len(found) for name, found in lists.items()} == LISTS
    for name, found in lists.items():
        assert len({record.record_id for record in found}) == LISTS[name]
        assert not any(record.is_sample for record in found)


def test_every_line_says_its_source_and_when_it_was_reviewed(lists: dict[str, list[Any]]) -> None:
    for found in lists.values():
        for record in found:
            assert record.said_by, record.record_id
            assert record.reviewed_on is not None, record.record_id
            pages = [getattr(record, name, "") for name in ("page_url", "website")]
            assert all(re.fullmatch(r"(https://[^\s/]+\.[^\s]+)?", page) for page in pages), record.record_id
            assert not re.search(r"\b(debug|localhost|test)\.", " ".join(pages)), record.record_id


def test_references_point_to_lines_that_exist(lists: dict[str, list[Any]]) -> None:
    actors = {record.actor_id for record in lists["actors"]}
    events = {record.event_id for record in lists["funding_claims"]}
    claims = {record.claim_id for record in lists["funding_claims"]}
    numbers = {str(record.number) for record in lists["recommendations"]}
    assert {record.parent_id for record in lists["actors"]} - {""} <= actors
    assert {record.lead_actor_id for record in lists["initiatives"]} - {""} <= actors
    assert {number for record in lists["initiatives"] for number in record.recommendations} <= numbers
    for record in lists["funding_claims"]:
        assert {record.actor_id} - {""} <= actors, record.claim_id
        assert {record.part_of, *record.same_as} - {""} <= events - {record.event_id}, record.claim_id
        assert set(record.supersedes) <= claims - {record.claim_id}, record.claim_id


def test_claims_are_of_known_kinds_with_sums_where_their_kind_has_one(lists: dict[str, list[Any]]) -> None:
    for record in lists["funding_claims"]:
        assert record.amount_kind in get_args(AmountKind)
        has_sum = record.amount is not None or record.amount_max is not None
        assert has_sum == (record.amount_kind != "undisclosed"), record.claim_id
        assert not record.happened_on or is_partial_day(record.happened_on), record.claim_id
        assert record.is_reviewed


def test_the_seven_factories_are_nobodys_money_in_luxembourg(lists: dict[str, list[Any]]) -> None:
    (seven,) = (record for record in lists["funding_claims"] if record.claim_id == "aif-seven")
    assert (seven.amount, seven.amount_kind, seven.country) == (1_500_000_000, "aggregate", "")


def test_recommendations_have_titles_in_four_languages_and_signals(lists: dict[str, list[Any]]) -> None:
    assert [record.number for record in lists["recommendations"]] == list(range(1, 31))
    for record in lists["recommendations"]:
        assert set(record.title) == LANGUAGES
        assert len(set(record.title.values())) == 4
        assert len(record.signals) >= 2


def test_every_list_has_a_source_that_takes_part_in_both_modes() -> None:
    own = {source.params["list"]: source for source in load_sources() if source.access == "own_list"}
    assert set(own) == set(LISTS)
    for source in own.values():
        assert set(source.modes) == {"live", "replay"}
        assert not source.is_sample
        assert source.licence.redistribute


def test_a_crawl_writes_the_list_once_and_says_that_no_server_gave_it(tmp_path: Path) -> None:
    source = source_by_id("curated_actors")
    first = crawl(source, tmp_path, mode="live", contact="someone@observatory.example")
    assert (first.complete, first.new_captures, first.unchanged, first.problem) == (True, 1, False, None)
    again = crawl(source, tmp_path, mode="replay")
    assert (again.complete, again.crawl_id, again.unchanged, again.fingerprint) == (True, None, True, first.fingerprint)
    archive = Archive(tmp_path)
    (record,) = archive.crawls(source.id)
    assert (record.crawl_id, record.mode, record.is_reconstructed) == (first.crawl_id, "replay", False)
    assert (record.whole, record.started_at) == ([""], head_of(curated.list_of(source).read_bytes()).as_of)
    (capture,) = archive.captures(source.id, record.crawl_id)
    assert (capture.kind, capture.is_reconstructed, capture.url) == (
        "resource",
        False,
        "urn:luxai-observatory:curated:actors",
    )
    assert capture.reviewed_on == f"{record.started_at:%Y-%m-%d}"
    assert capture.body == curated.list_of(source).read_bytes()
    proof = archive.prove(capture.capture_id)
    assert (proof.verified, proof.is_reconstructed, proof.reviewed_on) == (True, False, capture.reviewed_on)


def test_the_standing_of_a_list_outlives_its_index(tmp_path: Path) -> None:
    source = source_by_id("curated_recommendations")
    made = crawl(source, tmp_path, mode="replay")
    (tmp_path / source.id / f"{made.crawl_id}.cdxj").unlink()
    archive = Archive(tmp_path)
    (capture,) = archive.captures(source.id, str(made.crawl_id))
    assert (capture.is_reconstructed, bool(capture.reviewed_on)) == (False, True)


def test_a_changed_list_is_a_new_crawl_after_the_last_and_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, root = source_by_id("curated_actors"), tmp_path / "archive"
    monkeypatch.setattr(curated, "LISTS", tmp_path)
    path = tmp_path / "actors.yaml"
    text = "list: actor\nas_of: 2026-10-01T09:00:00Z\nentries:\n"
    text += "- {actor_id: a, name: %s, actor_type: demo, said_by: x, reviewed_on: 2026-10-01}\n"
    names, outcomes = ("Oak", "Elm", "Oak"), []
    for name in names:  # twice without a newer date, and back to what it said first
        path.write_text(text % name, encoding="utf-8")
        outcomes.append(crawl(source, root, mode="replay"))
    archive = Archive(root)
    crawls = archive.crawls(source.id)
    assert [record.crawl_id for record in crawls] == [outcome.crawl_id for outcome in outcomes]
    start = datetime(2026, 10, 1, 9, tzinfo=UTC)
    assert [record.started_at for record in crawls] == [start + timedelta(seconds=number) for number in range(3)]
    said = [decode_crawl(archive, source, record.crawl_id).records for record in crawls]
    assert [(record.name, record.is_sample) for (record,) in said] == [(name, False) for name in names]
    assert [outcome.new_captures for outcome in outcomes] == [1, 1, 0]


@pytest.mark.parametrize(
    ("name", "body"), [("actors", b"\xff"), ("actors", b"no list"), ("../actors", b""), ("x", b"")]
)
def test_a_list_that_cannot_be_read_is_a_problem_of_one_line(
    name: str, body: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curated, "LISTS", tmp_path / "lists")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "actors.yaml").write_bytes(body)
    shutil.copy(tmp_path / "lists" / "actors.yaml", tmp_path / "actors.yaml")
    source = source_by_id("curated_actors").model_copy(update={"params": {"list": name}})
    outcome = crawl(source, tmp_path / "archive", mode="replay")
    assert outcome.problem
    assert "\n" not in outcome.problem
    assert (outcome.complete, outcome.trouble, outcome.crawl_id) == (False, "damaged", None)
    assert Archive(tmp_path / "archive").crawls(source.id) == []


def test_a_reviewed_list_has_no_place_in_a_reconstructed_crawl(tmp_path: Path) -> None:
    now = datetime(2026, 10, 1, tzinfo=UTC)
    name = "20261001T000000Z-00000000"
    with (
        pytest.raises(ArchiveError, match="reconstructed"),
        ArchiveWriter(tmp_path, "toy_list", name, now, is_reconstructed=True) as writer,
    ):
        writer.write_reviewed("urn:toy:list", b"x", "text/plain", now, now.date())
