"""Editions: every number in both bodies is the release's, the right things are said, and the files never change."""

from __future__ import annotations

import email
import email.policy
import html as html_module
import json
import re
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

import dashboards
from publications import wording
from publications.calendar import slot_of
from publications.digest import LANGUAGES as DIGEST_LANGUAGES
from publications.digest import IssuedEdition, issue, render
from publications.edition import Edition, Ledger, ShownNumber, unexplained
from publications.mail import message_bytes
from publications.members import TOPICS
from publications.memory import Health
from publications.selection import MOST_WORDS, WORDS, fitted, select
from publications.sources import states
from state import db, settings
from tests.reading.release_builder import RELEASE_A, RELEASE_B, STAMPS, empty_release, filled
from warehouse.reading import ReleaseReader, formats, open_release
from warehouse.reading.compare import CellKey, comparable_period, compare, key_of, rows_of
from warehouse.reading.formats import LANGUAGES, NBSP
from warehouse.reading.freshness import freshness
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
        before = by_id.get(RELEASE_A) if len(by_id) > 1 else None
        chosen = select(reader, before, NOW)
        counts = {"tests": chosen.tests, "sources": len(chosen.sources)}
        counts |= {"beyond": sum(chosen.verdicts.values()), "shown": chosen.shown_tests}
        if before is not None:
            comparison = compare(reader, before)
            counts |= {"unchanged_cells": comparison.unchanged, "changed_cells": comparison.changed}
            counts["more_changes"] = comparison.changed - len(chosen.changes)
        return formats.integer(counts[number.field], lang)
    if number.field in ("old_value", "new_value"):
        log = reader.revisions(number.indicator_code)
        log = log[(log["series_key"] == dimensions["series_key"]) & (log["time_period"] == number.period)]
        pair = [float(log.iloc[0][name]) for name in ("old_value", "new_value")]
        if not all(value.is_integer() for value in pair):  # as many decimals on both sides
            return formats.decimal(float(log.iloc[0][number.field]), lang) + f"{NBSP}%"
        return formats.number(float(log.iloc[0][number.field]), "PC_ENT", lang)
    known = cells[reader.release_id]
    where = (number.indicator_code, number.geo, number.period, json.dumps(dimensions, sort_keys=True))
    cell = known[where]
    if number.field == "detectable":
        earlier = known[(where[0], where[1], comparable_period(number.period), where[3])]
        found = detectable_difference(earlier["value"], cell["n_effective"], earlier["n_effective"])
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
    assert len(edition.numbers) > (8 if lang == "lb" else 15)
    check_numbers(edition, now_and_before)
    first = render(now, None, lang, NOW)
    assert len(first.numbers) > (8 if lang == "lb" else 25)
    check_numbers(first, [now])


def test_a_foreign_number_is_found(now_and_before: Pair) -> None:
    edition = render(*now_and_before, "en", NOW)
    assert unexplained(edition.text + " Also 99.9 % of cats.", edition) != []
    assert unexplained(edition.text.replace("520", "521"), edition) != []


def test_the_subject_is_the_most_material_fact(now_and_before: Pair) -> None:
    now, before = now_and_before
    assert render(now, before, "en", NOW).subject == (
        f"[Sample] 4.6{NBSP}% [3.7–5.8] of new job postings in Luxembourg first seen in the four quarters to 2026-Q3 "
        "ask for AI practitioners"
    )
    assert "6,3\u00a0% [4,3–9,2] des nouvelles offres" in render(now, None, "fr", NOW).subject


def test_a_first_edition_tells_verdicts_newer_values_and_only_late_revisions(now_and_before: Pair) -> None:
    now, _ = now_and_before
    text = render(now, None, "en", NOW).text
    assert "no change detected" in text.split("WHERE THINGS STAND")[1].split("NO CHANGE DETECTED\n")[0]
    assert "beyond noise" in text.split("comparisons were tested together")[1]
    later = render(now, None, "en", NOW + timedelta(days=400)).text
    assert "None in the last 90 days." in later.split("CORRECTIONS AND REVISIONS")[1]


def test_what_changed_and_what_did_not(now_and_before: Pair) -> None:
    now, before = now_and_before
    edition = render(now, before, "en", NOW)
    changed = edition.text.split("WHAT CHANGED")[1].split("NO CHANGE DETECTED\n")[0]
    unchanged = edition.text.split("NO CHANGE DETECTED\n")[1].split("CORRECTIONS AND")[0]
    assert "in 2026-Q3 ask" not in changed  # a new quarter within noise is no change
    assert "a year earlier" in unchanged
    assert "would have been detected with 80" in unchanged
    assert "comparisons were tested together" in unchanged
    assert "only mention AI" not in edition.text
    assert f"8.0{NBSP}% became 8.1{NBSP}%" in edition.text.split("CORRECTIONS AND")[1]
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
    assert "no change is claimed" in edition.text
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
    assert "beyond noise (false discovery rate 10" in edition.text


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
        f"Values that stayed the same: {len(now.values())}; changed: 0.",
        "Sources late or broken: None (2 sample sources).",
        "Next edition: Monday 23 November 2026.",
    ]
    assert "Edition 3, 22 November 2026. Data as of 22 November 2026" in quiet.text
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
    assert (t("digest.no_news", lang) in edition.text) == (lang != "lb")
    assert (t("digest.three", lang).upper() in edition.text) == (lang == "lb")
    assert unexplained(edition.text, edition) == []
    assert unexplained(words_of(edition.html), edition) == []


def test_late_sources_are_named(tmp_path: Path) -> None:
    filled(RELEASE_B, is_sample=False).write(tmp_path)
    filled(RELEASE_A, is_sample=False).write(tmp_path, point=False)
    late = NOW + timedelta(days=5)
    edition = render(open_release(tmp_path), open_release(tmp_path, RELEASE_A), "en", late)
    said = "Job boards of the sample: late since 24 November 2026. Its figures here are as of 22 November 2026."
    assert "Job boards of the sample." in edition.text.split("Watch: late or broken:")[1].splitlines()[0]
    assert said in edition.text
    assert said in render(open_release(tmp_path), None, "en", late).text
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


def issue_of(reader: ReleaseReader, previous: ReleaseReader | None, root: Path, when: datetime) -> IssuedEdition:
    return issue(
        reader,
        previous,
        root / "editions",
        engine=db.open_state(root / "state.sqlite"),
        slot=slot_of(when),
        sender="observatory@example.lu",
        languages=("en", "fr"),
        now=when,
    )


def test_issuing_twice_writes_once(now_and_before: Pair, tmp_path: Path) -> None:
    now, before = now_and_before
    first = issue_of(now, before, tmp_path, NOW)
    stamps = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in first.files}
    assert set(first.written) == set(first.files)
    assert {path.suffix for path in first.files} == {".eml", ".html", ".txt", ".json"}
    later = NOW + timedelta(hours=9)  # sources are late by then: what was issued stays as it is
    again = issue_of(now, before, tmp_path, later)
    assert again.written == ()
    assert again.number == first.number == 1
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in again.files} == stamps
    assert again.render("en") == first.render("en")
    assert again.render("en").text in {content.decode() for _, content in stamps.values() if content[:4] == b"LuxA"}


def test_an_issued_edition_is_never_rewritten(now_and_before: Pair, tmp_path: Path) -> None:
    now, before = now_and_before
    week = timedelta(days=7)
    turns = [
        issue_of(reader, previous, tmp_path, when)
        for reader, previous, when in (
            (before, None, NOW),
            (before, None, NOW),
            (now, before, NOW + week),
            (now, before, NOW + week),
        )
    ]
    assert [(turn.number, bool(turn.written)) for turn in turns] == [(1, True), (1, False), (2, True), (2, False)]
    assert [turn.release_id for turn in turns] == [RELEASE_A, RELEASE_A, RELEASE_B, RELEASE_B]
    with pytest.raises(ValueError, match="cites another release"):
        issue_of(now, before, tmp_path, NOW)  # a new release in the same week: the edition keeps its own
    with pytest.raises(ValueError, match="compares with another release"):
        issue_of(before, now, tmp_path, NOW)
    lost = next((tmp_path / "editions").glob("edition-0002-*-fr.html"))
    content = lost.read_bytes()
    lost.unlink()
    assert issue_of(now, before, tmp_path, NOW + week).written == (lost,)
    assert lost.read_bytes() == content
    index = (tmp_path / "editions" / "index-fr.html").read_text()
    assert index.count("<li>") == 2
    assert index.index("Édition 2") < index.index("Édition 1")


def test_topics_change_the_order_and_nothing_else(now_and_before: Pair) -> None:
    now, _ = now_and_before
    plain, mine = (render(now, None, "en", NOW, topics=topics) for topics in ((), ("adoption",)))
    assert "For your topics first (adoption)" in mine.text
    first = [edition.text.split("WHERE THINGS STAND")[1].split("\n- ")[1] for edition in (plain, mine)]
    assert "job postings" in first[0]
    assert "of enterprises" in first[1]
    assert set(plain.text.splitlines()) <= set(mine.text.splitlines())
    assert sorted(mine.numbers, key=str) == sorted(plain.numbers, key=str)
    nothing = render(now, None, "fr", NOW, topics=("research",))
    assert "Rien ici pour vos thèmes (recherche)" in nothing.text
    assert set(render(now, None, "fr", NOW).text.splitlines()) <= set(nothing.text.splitlines())


def test_the_account_says_what_was_left_out_and_how_to_trace_the_rest(now_and_before: Pair, tmp_path: Path) -> None:
    now, before = now_and_before
    made = issue_of(now, before, tmp_path, NOW)
    account = json.loads((tmp_path / "editions" / "edition-0001.account.json").read_text())
    reasons = {item["reason"] for item in account["suppressed"]}
    assert {"within_noise", "few_cases", "withheld", "mention", "detail"} <= reasons
    comparison = compare(now, before)
    told = sum(item["reason"] in ("test", "vintage", "new", "break") for item in account["reported"])
    assert told + len(account["suppressed"]) == comparison.changed
    tested = [item for item in account["suppressed"] if item["reason"] == "within_noise"]
    assert all(0 <= item["p_value"] <= 1 for item in tested)
    assert [item["text"] for item in account["numbers"]["en"]] == [number.text for number in made.render("en").numbers]
    page = next(path for path in made.files if path.name.endswith("-en.html")).read_text()
    assert "observatory trace T1 --geo LU --period 2026-Q3 --release" in page
    assert "observatory trace" not in made.render("en").html


@pytest.mark.parametrize("trouble", ["unreachable", "refused", "changed_shape", "too_few", "damaged"])
def test_trouble_is_named_and_cleared(now_and_before: Pair, tmp_path: Path, trouble: str) -> None:
    now, _ = now_and_before
    since = NOW - timedelta(days=3)
    bad = SimpleNamespace(
        last_checked_at=NOW, last_ok_at=since - timedelta(days=1), trouble=trouble, trouble_since=since
    )
    well = SimpleNamespace(last_checked_at=NOW, last_ok_at=NOW, trouble=None, trouble_since=None)
    for lang in ("en", "fr" if trouble in ("refused", "too_few") else "de"):
        edition = render(now, now, lang, NOW, number=4, health={"greenhouse_sample": bad})
        name = "Job boards of the sample"
        assert name in edition.text
        said = t(f"digest.trouble_{trouble}", lang, source=name, day=formats.day(since, lang))
        assert said.partition(name)[2] in edition.text
        assert edition.subject.count("1") == 1  # one source late or broken
        assert unexplained(edition.text, edition) == []
    assert name not in render(now, now, "en", NOW, number=4, health={"greenhouse_sample": well}).text


@pytest.mark.parametrize("days", [0, 2, 5, 20])
@pytest.mark.parametrize("seen", [None, 1, 30])
def test_an_edition_judges_lateness_as_every_other_face(tmp_path: Path, days: int, seen: int | None) -> None:
    """``seen``: days before the release's own look that the log's last good look was; None without a log."""
    filled(RELEASE_B, is_sample=False).write(tmp_path)
    now = NOW + timedelta(days=days)
    with closing(open_release(tmp_path)) as reader:
        rows = rows_of(reader.sources())
        health = {}
        if seen is not None:
            looked = Health(NOW, NOW - timedelta(days=seen), None, None)
            health = {str(row["source_id"]): looked for row in rows}
        for row, state in zip(rows, states(reader, health, now), strict=True):
            fresh = freshness(row, now, health.get(state.source_id))
            assert (state.kind, state.last_ok_at) == (fresh.state, fresh.last_checked_at)
            assert (state.trouble is not None) == fresh.is_marked


@pytest.mark.parametrize("topic", TOPICS)
def test_a_figure_links_to_the_page_of_its_family(now_and_before: Pair, topic: str) -> None:
    ledger = Ledger(now_and_before[0], "fr")
    ledger.reader = SimpleNamespace(  # type: ignore[assignment]
        indicator=lambda code: SimpleNamespace(family=topic), release_id=RELEASE_B
    )
    found = wording.link(ledger, {"indicator_code": "X1"}, "https://observatory.example.lu/")
    assert found == f"https://observatory.example.lu/{topic}?lang=fr&v={RELEASE_B}"
    assert (Path(dashboards.__file__).parent / "app_pages" / f"{topic}.py").is_file()


def test_lists_that_the_settings_cannot_import_are_the_same() -> None:
    assert settings.LANGUAGES == LANGUAGES
    assert settings.Settings.model_fields["digest_languages"].default == DIGEST_LANGUAGES


def test_links_only_where_something_public_answers(now_and_before: Pair) -> None:
    now, before = now_and_before
    linked = render(now, before, "de", NOW, public_url="https://observatory.example.lu/")
    assert f'href="https://observatory.example.lu/talent?lang=de&amp;v={RELEASE_B}"' in linked.html
    assert f"https://observatory.example.lu/talent?lang=de&v={RELEASE_B}" in linked.text
    assert "https://observatory" not in render(now, before, "de", NOW).html


def test_a_full_edition_can_be_read_in_its_time() -> None:
    for counts in ((5, 3, 9, 9), (5, 3, 0, 0), (1, 3, 4, 3), (0, 0, 4, 3)):
        room = fitted(*counts)
        assert sum(WORDS[name] * count for name, count in room.items()) <= MOST_WORDS
        assert all(room[name] >= min(1, count) for name, count in zip(room, counts, strict=True))
