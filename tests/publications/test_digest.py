"""Editions: every number in both bodies is the release's, the right things are said, and the files never change."""

from __future__ import annotations

import email
import email.policy
import html as html_module
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publications.digest import publish_edition, render
from publications.edition import Edition, ShownNumber, unexplained
from publications.mail import message_bytes
from publications.selection import select
from state import db
from tests.reading.release_builder import RELEASE_A, RELEASE_B, STAMPS, empty_release, filled
from warehouse.reading import ReleaseReader, formats, open_release
from warehouse.reading.compare import CellKey, comparable_period, compare, key_of, rows_of
from warehouse.reading.formats import LANGUAGES, NBSP
from warehouse.reading.reader import Row
from warehouse.reading.statistics import detectable_difference
from warehouse.reading.texts import t

NOW = STAMPS[RELEASE_B]
Pair = tuple[ReleaseReader, ReleaseReader]


def words_of(page: str) -> str:
    """The text a reader sees of an HTML body."""
    body = re.sub(r"(?s)<head>.*?</head>", "", page)
    return re.sub(r"[ \n]+", " ", html_module.unescape(re.sub(r"<[^>]+>", " ", body)))


def said_by_release(
    number: ShownNumber, lang: str, readers: Iterable[ReleaseReader], cells: dict[str, dict[CellKey, Row]]
) -> str:
    """What the release says where an edition's number claims to come from, worded anew."""
    by_id = {reader.release_id: reader for reader in readers}
    reader = by_id[number.release_id]
    dimensions = dict(number.dimensions)
    if number.indicator_code == "*":
        comparison = compare(reader, next(other for key, other in by_id.items() if key != number.release_id))
        if number.field == "unchanged_cells":
            return formats.integer(comparison.unchanged, lang)
        return formats.integer(comparison.changed - len(select(reader, by_id[RELEASE_A], NOW).changes), lang)
    if number.field in ("old_value", "new_value"):
        log = reader.revisions(number.indicator_code)
        log = log[(log["series_key"] == dimensions["series_key"]) & (log["time_period"] == number.period)]
        return formats.number(float(log.iloc[0][number.field]), "PC_ENT", lang)
    known = cells[reader.release_id]
    where = (number.indicator_code, number.geo, number.period, json.dumps(dimensions, sort_keys=True))
    cell = known[where]
    if number.field == "detectable":
        before = known[(where[0], where[1], comparable_period(number.period), where[3])]
        found = detectable_difference(before["value"], cell["n_effective"], before["n_effective"])
        return formats.decimal(found * 100, lang)
    if number.field in ("n", "k"):
        return formats.integer(cell[number.field], lang)
    if number.field == "value":
        return formats.number(float(cell["value"]), cell["unit"], lang)
    return formats.decimal(formats.scaled(cell[number.field], cell["unit"]), lang)


def check_numbers(edition: Edition, readers: Iterable[ReleaseReader]) -> None:
    readers = list(readers)
    cells = {reader.release_id: {key_of(row): row for row in rows_of(reader.values())} for reader in readers}
    seen = words_of(edition.html)
    flat = re.sub(r"[ \n]+", " ", edition.text)
    for number in edition.numbers:
        assert said_by_release(number, edition.lang, readers, cells) == number.text, number
        assert number.text in seen, number
        assert number.text in flat, number
    assert unexplained(edition.text, edition) == []
    assert unexplained(seen, edition) == []
    assert unexplained(edition.subject, edition) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_number_is_the_releases(now_and_before: Pair, lang: str) -> None:
    now, before = now_and_before
    edition = render(now, before, lang, NOW, number=7)
    assert len(edition.numbers) > 15
    check_numbers(edition, now_and_before)
    first = render(now, None, lang, NOW)
    assert len(first.numbers) > 25
    check_numbers(first, [now])


def test_a_foreign_number_is_found(now_and_before: Pair) -> None:
    edition = render(*now_and_before, "en", NOW)
    assert unexplained(edition.text + " Also 99.9 % of cats.", edition) != []
    assert unexplained(edition.text.replace("520", "521"), edition) != []


def test_the_subject_is_the_most_material_fact(now_and_before: Pair) -> None:
    now, before = now_and_before
    assert render(now, before, "en", NOW).subject == (
        f"[Sample] 8.1{NBSP}% of enterprises (EU27, 10 or more employees) used at least one AI technology in 2023 "
        f"(revised from 8{NBSP}%)"
    )
    assert "6,3\u00a0% [4,3–9,2] des nouvelles offres" in render(now, None, "fr", NOW).subject


def test_what_changed_and_what_did_not(now_and_before: Pair) -> None:
    now, before = now_and_before
    edition = render(now, before, "en", NOW)
    changed = edition.text.split("WHAT CHANGED")[1].split("NO CHANGE DETECTED\n")[0]
    unchanged = edition.text.split("NO CHANGE DETECTED\n")[1].split("NEW VINTAGES")[0]
    assert f"Before: 8{NBSP}%" in changed
    assert "AI practitioners" not in changed  # a new quarter within noise is no change
    assert "a year earlier" in unchanged
    assert "would have been detected with 80" in unchanged
    assert "only mention AI" not in edition.text
    assert f"8{NBSP}% became 8.1{NBSP}%" in edition.text.split("NEW VINTAGES")[1]
    assert "first edition" not in edition.text.lower()


def test_the_first_edition_says_everything_once(now_and_before: Pair) -> None:
    now, _ = now_and_before
    first = render(now, None, "en", NOW)
    assert "first edition" in first.text
    assert "IN THREE LINES" not in first.text
    assert first.text.count("first seen in 2026-Q3 ask for AI practitioners.") == 1
    assert "first seen in 2026-Q3 ask for AI practitioners;" not in first.text
    later = render(now, None, "en", NOW, number=4)  # what it would be compared with is gone
    assert "first edition" not in later.text
    assert "nothing is compared here" in later.text


def test_a_break_in_the_series_is_said(tmp_path: Path) -> None:
    before = filled(RELEASE_A)
    before.values = [row for row in before.values if (row["indicator_code"], row["period"]) != ("A1", "2025")]
    before.write(tmp_path)
    filled(RELEASE_B).write(tmp_path)
    edition = render(open_release(tmp_path, RELEASE_B), open_release(tmp_path, RELEASE_A), "en", NOW)
    assert f"2024: 13.5{NBSP}%; break in series in 2025" in edition.text
    assert unexplained(edition.text, edition) == []


def test_headlines_stand_side_by_side_for_one_year(now_and_before: Pair) -> None:
    periods = {
        change.now["geo"]: change.now["period"]
        for change in select(now_and_before[0], None, NOW).standing
        if change.now["indicator_code"] == "A1"
    }
    assert periods == {"LU": "2024", "EU27_2020": "2024"}


def test_a_shift_beyond_noise_leads(tmp_path: Path) -> None:
    filled(RELEASE_A).write(tmp_path)
    builder = filled(RELEASE_B)
    builder.values = [
        row
        for row in builder.values
        if (row["indicator_code"], row["period"], row["dimensions"]) != ("T1", "2026-Q3", {})
    ]
    builder.share("T1", "2026-Q3", 90, 520)
    builder.write(tmp_path)
    edition = render(open_release(tmp_path, RELEASE_B), open_release(tmp_path, RELEASE_A), "en", NOW)
    assert edition.subject.startswith(f"[Sample] 17.3{NBSP}% [13.9–21.3] of new job postings")
    assert "beyond noise, tested at a false discovery rate" in edition.text


def test_flagged_and_suppressed_cells_are_never_announced(tmp_path: Path) -> None:
    filled(RELEASE_A).write(tmp_path)
    builder = filled(RELEASE_B)
    builder.share("T1", "2026-Q3", 9, 40, nace_section="A")
    builder.share("T1", "2026-Q3", 2, 20, nace_section="B")
    builder.write(tmp_path)
    chosen = select(open_release(tmp_path, RELEASE_B), open_release(tmp_path, RELEASE_A), NOW)
    assert len(chosen.changes) <= 5
    assert all(change.now["suppressed_because"] is None for change in chosen.changes)
    assert all("u" not in (change.now["flags"] or "") for change in chosen.changes)


def test_nothing_new_gives_four_lines(now_and_before: Pair) -> None:
    now, _ = now_and_before
    quiet = render(now, now, "en", NOW, number=3)
    assert quiet.subject == "[Sample] LuxAI Observatory, edition 3: nothing material changed"
    body = quiet.text.split("***")[-1].split("-- \n")[0].strip()
    assert body.splitlines() == [
        "Nothing to report: no published value changed since the previous edition.",
        f"Cells that stayed the same: {len(now.values())}; changed: 0.",
        "Sources: all sources are samples until the first live crawl.",
    ]
    assert "Edition 3, data as of 22 November 2026" in quiet.text
    assert unexplained(quiet.text, quiet) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_new_release_that_changes_nothing_for_readers_is_quiet(tmp_path: Path, lang: str) -> None:
    filled(RELEASE_B).write(tmp_path)
    same = filled(RELEASE_B)  # as when only restricted texts differ
    same.release_id, same.stamp = RELEASE_A, STAMPS[RELEASE_A]
    for row in same.values:
        row |= {"release_id": RELEASE_A, "known_from": STAMPS[RELEASE_A]}
    same.write(tmp_path, point=False)
    edition = render(open_release(tmp_path), open_release(tmp_path, RELEASE_A), lang, NOW, number=2)
    assert t("digest.subject_no_news", lang, number="2") in edition.subject
    assert t("digest.no_news", lang) in edition.text
    assert t("digest.three", lang).upper() not in edition.text
    assert unexplained(edition.text, edition) == []
    assert unexplained(words_of(edition.html), edition) == []


def test_late_sources_are_named(tmp_path: Path) -> None:
    filled(RELEASE_B, is_sample=False).write(tmp_path)
    filled(RELEASE_A, is_sample=False).write(tmp_path, point=False)
    late = NOW + timedelta(days=5)
    edition = render(open_release(tmp_path), open_release(tmp_path, RELEASE_A), "en", late)
    assert "Watch: late: Job boards of the sample." in edition.text
    assert "LATE, last checked 22 November 2026" in edition.text
    edition = render(open_release(tmp_path), None, "en", late)
    assert "LATE, last checked 22 November 2026" in edition.text
    assert "Sample" not in edition.subject
    assert unexplained(edition.text, edition) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_release_still_gives_an_honest_edition(tmp_path: Path, lang: str) -> None:
    edition = render(open_release(empty_release(tmp_path)), None, lang, NOW)
    assert edition.numbers == ()
    assert unexplained(edition.text, edition) == []


def test_the_html_is_fit_for_mail(now_and_before: Pair) -> None:
    page = render(*now_and_before, "fr", NOW).html
    assert '<html lang="fr"' in page
    assert page.count("<h1") == 1
    tables = re.findall(r"<table[^>]*>", page)
    assert tables
    assert all('role="presentation"' in table for table in tables)
    assert "prefers-color-scheme: dark" in page
    assert not re.search(r'(src|href)="http', page)  # nothing is fetched, nobody is tracked
    assert all(int(size) >= 16 for size in re.findall(r"font-size:\s*(\d+)px", page))
    assert 'style="' in page


def test_publishers_text_is_escaped(tmp_path: Path) -> None:
    builder = filled(RELEASE_B)
    builder.sources[1][1] = "<script>alert(1)</script>"
    builder.write(tmp_path)
    page = render(open_release(tmp_path), None, "en", NOW).html
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_rendering_is_pure(now_and_before: Pair) -> None:
    assert render(*now_and_before, "de", NOW) == render(*now_and_before, "de", NOW)


def test_the_message_holds_both_bodies(now_and_before: Pair) -> None:
    edition = render(*now_and_before, "fr", NOW, number=12)
    content = message_bytes(edition, sender="observatory@example.lu", recipient="membres@example.org")
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["Message-ID"] == f"<edition-12.fr.{RELEASE_B}@example.lu>"
    assert message["List-Unsubscribe"] == "<mailto:observatory@example.lu?subject=unsubscribe>"
    assert message["Content-Language"] == "fr"
    assert message["Date"].datetime == datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert message["Subject"] == edition.subject
    assert message.get_content_type() == "multipart/alternative"
    plain, page = message.iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == edition.text
    assert page.get_content().replace("\r\n", "\n").rstrip("\n") == edition.html.rstrip("\n")


def test_publishing_twice_writes_once(now_and_before: Pair, tmp_path: Path) -> None:
    now, before = now_and_before
    engine = db.open_state(tmp_path / "state" / "state.sqlite")
    who = {"engine": engine, "sender": "observatory@example.lu", "recipient": "members@example.org"}
    first = publish_edition(now, before, tmp_path / "outbox", **who)  # type: ignore[arg-type]
    stamps = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in first.files}
    assert first.written == first.files
    assert {path.suffix for path in first.files} == {".eml", ".html"}
    again = publish_edition(now, before, tmp_path / "outbox", **who)  # type: ignore[arg-type]
    assert again.written == ()
    assert again.number == first.number == 1
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in again.files} == stamps
    rows = db.deliveries(engine)
    assert [(row.lang, row.confirmed_at is not None) for row in rows] == [("en", True), ("fr", True)]
    assert all("example.org" not in row.recipient_sha256 for row in rows)
    files = publish_edition(now, before, tmp_path / "elsewhere", **who).files  # type: ignore[arg-type]
    assert [path.read_bytes() for path in files] == [stamps[path][1] for path in first.files]


def test_an_issued_edition_is_never_rewritten(now_and_before: Pair, tmp_path: Path) -> None:
    now, before = now_and_before
    engine = db.open_state(tmp_path / "state.sqlite")
    who = {"engine": engine, "sender": "observatory@example.lu", "recipient": "members@example.org"}

    def publish_after_a_run(reader: ReleaseReader, kept: dict[str, ReleaseReader]) -> tuple[int, int]:
        earlier = db.release_of_previous_edition(engine, reader.release_id)
        done = publish_edition(reader, kept.get(earlier or ""), tmp_path / "outbox", **who)  # type: ignore[arg-type]
        return done.number, len(done.written)

    kept = {RELEASE_A: before, RELEASE_B: now}
    turns = [
        publish_after_a_run(reader, kept) for reader in (before, before, now, now, before)
    ]  # the last: rolled back
    assert turns == [(1, 4), (1, 0), (2, 4), (2, 0), (1, 0)]
    assert [row.previous_release_id for row in db.editions(engine)] == [None, RELEASE_A]
    assert publish_after_a_run(now, {}) == (2, 0)  # the release it was compared with is gone
    lost = next((tmp_path / "outbox").glob("edition-0002-*-fr.html"))
    content = lost.read_bytes()
    lost.unlink()
    assert publish_after_a_run(now, kept) == (2, 1)
    assert lost.read_bytes() == content
