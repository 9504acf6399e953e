"""Investment, research and tech watch: figures, lists, states of sources, methods."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from scrapers.archive.model import Trouble
from tests.reading.families import full, full_releases
from tests.reading.release_builder import RELEASE_B, empty_release, filled
from warehouse.reading import (
    ReleaseReader,
    cells,
    formats,
    investment,
    methods,
    open_release,
    research,
    sources,
    techwatch,
)
from warehouse.reading.figure import Figure
from warehouse.reading.formats import LANGUAGES
from warehouse.reading.freshness import freshness
from warehouse.reading.texts import has, t

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TROUBLES = get_args(Trouble)
NB = formats.NBSP
FIGURES: dict[str, Callable[[ReleaseReader, str, datetime], Figure]] = {
    "contributions": investment.contributions,
    "projects": investment.projects,
    "largest": investment.largest,
    "coordinated": investment.coordinated,
    "shares": research.shares,
    "agreement": research.agreement,
    "left_out": research.left_out,
    "ai": techwatch.ai_announcements,
    "all": techwatch.all_announcements,
}


@dataclass(frozen=True)
class Look:
    """What was noted of a look at a source."""

    last_checked_at: datetime | None = NOW
    last_ok_at: datetime | None = None
    trouble: str | None = None
    trouble_since: datetime | None = None


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReleaseReader]:
    opened = open_release(full_releases(tmp_path_factory.mktemp("full")))
    yield opened
    opened.close()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_complete_in_every_language(reader: ReleaseReader, name: str, lang: str) -> None:
    figure = FIGURES[name](reader, lang, NOW)
    assert figure.chart is not None
    assert figure.question
    assert figure.interval_note
    assert RELEASE_B in figure.source_line
    assert figure.source_ids
    assert figure.quotes
    assert len(figure.table) == figure.csv.count(RELEASE_B.encode()) - 2
    assert figure.chart.layout.meta["alt"] == figure.summary
    said = " ".join((figure.basis, figure.summary, *figure.quotes))
    assert "; –)" not in said  # no sentence fell back to the generic one


@pytest.mark.parametrize("name", FIGURES)
def test_an_empty_release_says_so(tmp_path: Path, name: str) -> None:
    figure = FIGURES[name](open_release(empty_release(tmp_path)), "en", NOW)
    assert figure.chart is None
    assert figure.empty == t("figure.empty", "en")


def test_an_unfinished_year_is_no_fall(reader: ReleaseReader) -> None:
    summary = investment.contributions(reader, "en", NOW).summary
    assert summary.startswith(f"Latest, 2024: €11.02{NB}million. Higher than in 2021 (€5.21{NB}million).")
    assert summary.endswith("Provisional and not compared: 2026: €903,000.")


def test_a_year_without_a_cell_keeps_its_place(reader: ReleaseReader) -> None:
    chart = investment.contributions(reader, "en", NOW).chart
    assert chart is not None
    texts = [str(note.text) for note in chart.layout.annotations]
    assert "2025" in texts
    assert "<i>not in this release</i>" in texts


def test_two_definitions_are_never_one(reader: ReleaseReader) -> None:
    figure = research.shares(reader, "en", NOW)
    assert figure.chart is not None
    assert {trace.name for trace in figure.chart.data if trace.showlegend is not False} >= {
        "own reading of title and abstract",
        "OpenAlex topics",
    }
    assert "too few publications" in " ".join(figure.table[t("table.flags", "en")])
    assert len(figure.quotes) == 2


def test_a_month_not_watched_is_not_zero(reader: ReleaseReader) -> None:
    figure = techwatch.ai_announcements(reader, "en", NOW)
    first, zero = figure.table.iloc[0], figure.table.iloc[4]
    assert first[t("table.period", "en")] == "May 2025"
    assert first[t("table.value", "en")] == "not counted"
    assert "not watched from end to end" in first[t("table.flags", "en")]
    assert zero[t("table.value", "en")] == "0"
    assert zero[t("table.interval", "en")] == "[0.0–3.7]"
    assert figure.chart is not None
    # every third month, the newest among them
    assert list(figure.chart.layout.xaxis.ticktext)[:2] == ["Jul 25", "Oct 25"]


def test_sentences_of_the_new_cells(reader: ReleaseReader) -> None:
    cell = reader.cell("I4", "LU", "2024")
    assert cell is not None
    assert cells.sentence(reader, cell, "en").startswith(
        f"€11.02{NB}million net EU contribution to participants in Lux"
    )
    assert cells.sentence(reader, cell, "fr").startswith(f"11,02{NB}M€ de contribution nette de l’UE")
    kappa = reader.cell("R1", "LU", "2023", {"measure": "agreement"})
    assert kappa is not None
    assert cells.sentence(reader, kappa, "de").startswith("0,62 [0,52–0,71] misst, wie weit")


def test_lists_link_only_what_is_real(tmp_path: Path) -> None:
    builder = full(is_sample=False)
    builder.write(tmp_path)
    real = open_release(tmp_path)
    listing = investment.project_list(real, "en", "ai", "all")
    assert listing.link_column
    links = list(listing.table[listing.link_column])
    assert links[0].startswith("https://cordis.europa.eu/project/id/99")
    assert "natural person" in " ".join(listing.table[t("table.organisation", "en")])
    assert b"capture_id" not in listing.csv
    assert b"Invented Institute" in listing.csv
    news = techwatch.announcement_list(real, "en", "all", "2026-10")
    assert list(news.table[news.link_column]) == ["https://example.org/17"]


def test_a_release_without_the_tables_has_empty_lists(tmp_path: Path) -> None:
    builder = filled()
    builder.without = {"project", "announcement"}
    builder.write(tmp_path)
    old = open_release(tmp_path)
    assert investment.project_list(old, "en", "ai", "all").empty == t("investment.list_empty", "en")
    assert techwatch.months(old) == []


@pytest.mark.parametrize("trouble", [*TROUBLES, "new_kind"])
def test_a_broken_source_says_what_and_since_when(reader: ReleaseReader, trouble: str) -> None:
    source = reader.source("eurostat_isoc_eb_ai")
    assert source is not None
    state = freshness(source, NOW, Look(trouble=trouble, trouble_since=NOW - timedelta(days=2)))
    assert state.state == "broken"
    assert state.is_marked
    for lang in LANGUAGES:
        assert formats.day(NOW - timedelta(days=2), lang) in state.banner("X", lang)
        assert state.trouble_text(lang) in state.text(lang)
    assert freshness(source, NOW, Look(last_ok_at=NOW)).state == "sample"


def test_a_later_look_counts(reader: ReleaseReader) -> None:
    source = dict(reader.source("eurostat_isoc_eb_ai") or {}) | {"is_sample": False}
    far = NOW + timedelta(days=60)
    assert freshness(source, far).state == "late"
    fresh = freshness(source, far, Look(last_ok_at=far - timedelta(hours=1)))
    assert fresh.state == "fresh"
    assert fresh.due_at == far - timedelta(hours=1) + timedelta(hours=192)


def test_the_next_look_follows_the_rhythm_of_the_source(reader: ReleaseReader) -> None:
    source = dict(reader.source("eurostat_isoc_eb_ai") or {}) | {"is_sample": False, "watch_every_minutes": 720}
    look = Look(last_checked_at=NOW, last_ok_at=NOW)
    source |= {"terms_url": "https://example.org/terms", "terms_note": "Read.", "universe": "Enterprises"}
    for lang in LANGUAGES:
        one = sources.facts_of(source, reader, lang, NOW, look)
        said = dict(one.facts)[t("sources.next", lang)]
        assert formats.moment(NOW + timedelta(hours=12), lang) in said
        assert formats.moment(NOW + timedelta(hours=192), lang) in said
        assert dict(one.facts)[t("sources.universe", lang)] == "Enterprises"
        assert one.terms == ("Read.", "https://example.org/terms")


def test_sources_and_methods_are_words_in_every_language(reader: ReleaseReader) -> None:
    for lang in LANGUAGES:
        found = sources.all_facts(
            reader, lang, NOW, {"eurostat_isoc_eb_ai": Look(trouble="damaged", trouble_since=NOW)}
        )
        assert found[0].source_id == "eurostat_isoc_eb_ai"  # broken ones first
        assert all(len(one.facts) > 8 for one in found)
        assert len(sources.not_collected(lang)) == 4
        assert len(sources.quarantine(reader, lang)) == 3
        assert methods.families(reader) == ["adoption", "talent", "investment", "research", "techwatch"]
        assert len(methods.glossary(lang)) == len(methods.TERMS)
        assert len(methods.intervals(lang)) == len(methods.INTERVALS)
    assert sources.reason_text("missing_id", "fr") == "sans identifiant"
    assert sources.reason_text("some_new_reason", "fr") == "some new reason"


def test_periods_and_money() -> None:
    assert [formats.period("2026-05", lang) for lang in LANGUAGES] == ["May 2026", "mai 2026", "Mai 2026", "Mee 2026"]
    assert formats.period("2026-13", "en") == "2026-13"
    assert formats.period("2026-Q3", "fr") == "2026-T3"
    assert formats.number(412_300, "EUR", "fr") == "412\u202f300\u00a0€"
    assert formats.number(5_213_400, "EUR", "en") == f"€5.21{NB}million"
    assert formats.interval(-0.1, 0.32, "kappa", "en") == f"[−0.10{NB}–{NB}0.32]"
    assert formats.duration(8_000, "fr") == f"2{NB}heures"


def test_every_reason_class_and_flag_has_words() -> None:
    for name in TROUBLES:
        assert has(f"trouble.{name}")
