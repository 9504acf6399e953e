"""Boards that are held back, unusual sources and disabled ones, in readers' words in four languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.reading.release_builder import RELEASE_B, STAMPS, Builder, filled
from warehouse.reading import drift, sources
from warehouse.reading.folder import open_release
from warehouse.reading.formats import LANGUAGES
from warehouse.reading.freshness import freshness
from warehouse.reading.reader import ReleaseReader

NOW = STAMPS[RELEASE_B] + timedelta(hours=1)
SINCE = datetime(2026, 11, 20, 6, tzinfo=UTC)
GOOD = datetime(2026, 11, 19, 6, tzinfo=UTC)


def source_row(source_id: str, kind: str, *known: Any) -> list[Any]:
    """A registered source that gave nothing yet; ``known`` are format, whether verified, evidence, disabled."""
    row = [source_id, f"Title of {source_id}", "Publisher", f"https://example.org/{source_id}", "CC BY 4.0", None]
    return [*row, "Publisher", True, "documented_api", "none", None, None, 48, 0, 0, False, kind, *known]


def boards(builder: Builder) -> Builder:
    """Three boards of invented employers, one of them held; a data set with a lost field; a whole source that fell."""
    steady = ("all", "recorded", None, "steady", None, None, GOOD, None)
    builder.boards = [
        ("greenhouse_boards", "acme", "Acme Test S.A.", "all", "recorded", None, "held", "records", SINCE, GOOD, 0.08),
        ("greenhouse_boards", "other", "Other Test S.A.", *steady),
        ("greenhouse_boards", "new", "New Test S.A.", "unknown", "recorded", None, "unread", None, None, None, None),
        ("tables", "demo_tab", *[None] * 4, "held", "field:value", SINCE, GOOD, 0.0),
        ("news", "", *[None] * 4, "held", "records", SINCE, None, None),
    ]
    fields = [f"jobs.'field{number}'" for number in range(10)]
    builder.remarks = [
        ("greenhouse_boards", "rejects", "", 0.01, 0.17, None, None),
        ("greenhouse_boards", "seconds", "", 0.4, 6.0, None, None),
        *(("greenhouse_boards", "unknown_field", name, None, None, SINCE, NOW) for name in fields),
    ]
    builder.sources += [
        source_row("tables", "observation", "sdmx-csv", True, "docs", None),
        source_row("news", "announcement", "feed", True, "unverified", None),
        source_row("portal", "job_posting", "portal-html", False, "payload", "the terms are silent on automation"),
        source_row("eures", "job_posting", "eures", True, "payload", "an English reason"),
    ]
    return builder


@pytest.fixture
def reader(tmp_path: Path) -> ReleaseReader:
    boards(filled()).write(tmp_path)
    return open_release(tmp_path)


def test_what_is_held_says_what_fell_and_since_when(reader: ReleaseReader) -> None:
    table = drift.held_table(reader, "en")
    assert list(table["Board or part"]) == ["Acme Test S.A.", "–", "demo_tab"]
    assert list(table["What fell"]) == [
        "records: 8.0\u00a0% of the usual number",
        "records: – of the usual number",
        "field value: filled in 0.0\u00a0% of records",
    ]
    assert "2026" in table["Since"].iloc[0]
    assert list(table["Last good"])[1] == "–"


def test_no_number_of_an_employers_ads_is_shown(reader: ReleaseReader) -> None:
    assert not {"records", "usual"} & set(reader.boards().columns)


def test_boards_are_listed_with_their_state(reader: ReleaseReader) -> None:
    own = drift.boards_of(reader, "greenhouse_boards")
    table = drift.board_table(own, "en", is_sample=False)
    assert dict(zip(table["Employer"], table["State"], strict=True)) == {
        "Acme Test S.A.": "STALE: held back",
        "Other Test S.A.": "as usual",
        "New Test S.A.": "not read yet",
    }
    assert set(drift.board_table(own, "en", is_sample=True)["State"]) == {"sample"}
    assert drift.board_table(drift.boards_of(reader, "tables"), "en", is_sample=False).empty
    assert drift.parts_text(own, "en") == "3, of which 1 held back and 1 not read yet"
    assert drift.parts_text(drift.boards_of(reader, "news"), "en") == "", "a source that is one whole has no parts"


def test_what_is_unusual_is_said_source_by_source(reader: ReleaseReader) -> None:
    rejects, seconds, unknown = drift.remarks(reader, "en")
    assert "17.0\u00a0% of what arrived was set aside; 1.0\u00a0% is usual" in rejects
    assert "6.0 s; 0.4 s" in seconds
    assert unknown.endswith("jobs.'field7' and 2 more.")


def test_a_disabled_source_is_not_collected_because(reader: ReleaseReader) -> None:
    found = sources.all_facts(reader, "en", NOW)
    assert [one.source_id for one in found if one.state.state == "disabled"] == ["eures", "portal"]
    listed = {one.publisher: one.because for one in sources.not_collected("en", found)}
    assert listed["Publisher, Title of portal"] == "the terms are silent on automation"
    assert not any(because == "an English reason" for because in listed.values()), "its reason is said once, in words"
    assert all("portal" not in one.source_id for group in sources.by_kind(found).values() for one in group)


def test_a_disabled_source_is_neither_late_nor_broken() -> None:
    row = {"last_checked_at": GOOD - timedelta(days=90), "fresh_within_hours": 24, "is_sample": False, "disabled": "x"}
    assert freshness(row, NOW).state == "disabled"
    assert not freshness(row, NOW).is_marked


def test_sources_are_grouped_by_kind_and_say_what_is_unverified(reader: ReleaseReader) -> None:
    found = sources.all_facts(reader, "en", NOW)
    assert list(sources.by_kind(found)) == ["observation", "announcement", ""]  # "": of before kinds were told
    by_id = {one.source_id: one for one in found}
    assert by_id["news"].state_text.endswith("· unverified")
    assert by_id["news"].is_held
    facts = dict(by_id["portal"].facts)
    assert facts["Format"] == "portal-html, not yet tried on a real answer"
    assert facts["How well it is known"] == "a real answer was seen"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_says_it(reader: ReleaseReader, lang: str) -> None:
    assert len(drift.held_table(reader, lang)) == 3
    assert len(drift.remarks(reader, lang)) == 3
    for one in sources.all_facts(reader, lang, NOW):
        assert all(text for _, text in one.facts)


def test_a_release_from_before_parts_were_judged_holds_nothing(tmp_path: Path) -> None:
    filled().write(tmp_path)
    old = open_release(tmp_path)
    assert drift.held_table(old, "en").empty
    assert drift.remarks(old, "en") == []
    assert not any(one.is_held or one.disabled for one in sources.all_facts(old, "en", NOW))
