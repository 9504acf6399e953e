"""The same figures and editions on a release that the warehouse itself built from records."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from publications.digest import render
from publications.edition import unexplained
from tests.reading.test_figures import FIGURES
from tests.warehouse.make_release import make_release
from warehouse.reading import (
    ReleaseReader,
    adoption,
    investment,
    open_release,
    research,
    sources,
    talent,
    techwatch,
)
from warehouse.reading.formats import LANGUAGES
from warehouse.reading.texts import t

pytestmark = pytest.mark.slow
NOW = datetime(2026, 1, 6, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ReleaseReader:
    root: Path = tmp_path_factory.mktemp("built")
    make_release(root)
    return open_release(root / "releases")


def test_figures_find_their_cells(built: ReleaseReader) -> None:
    year, quarter = adoption.default_year(built), talent.quarters(built)[0]
    assert adoption.countries(built, "en", NOW, year).chart is not None
    assert adoption.by_technology(built, "en", NOW, year).chart is not None
    assert adoption.by_size(built, "en", NOW, adoption.technologies(built)[0]).chart is not None
    assert talent.sectors(built, "en", NOW, quarter).chart is not None
    for name in ("trend", "share", "user", "governance", "mention", "skills", "languages"):
        assert FIGURES[name](built, "en").chart is not None, name
    assert "four quarters" in talent.skills(built, "en", NOW).question
    assert any("became" in note for note in adoption.trend(built, "en", NOW).notes)
    assert "Employers" in talent.skills(built, "en", NOW).table


@pytest.mark.parametrize("lang", LANGUAGES)
def test_editions_account_for_every_number(built: ReleaseReader, lang: str) -> None:
    edition = render(built, None, lang, NOW)
    assert len(edition.numbers) > (5 if lang == "lb" else 10)  # Luxembourgish is headline and three lines
    assert unexplained(edition.text, edition) == []


@pytest.fixture(scope="module")
def sample(sample_run: Path) -> ReleaseReader:
    """The release that a first run makes of the bundled sample."""
    return open_release(sample_run / "releases")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_research_investment_and_tech_watch_find_their_cells_in_the_sample(sample: ReleaseReader, lang: str) -> None:
    now = sample.info.published_at
    for draw in (
        *(research.shares, research.agreement, research.left_out),
        *(investment.contributions, investment.projects, investment.coordinated, investment.largest),
        *(techwatch.ai_announcements, techwatch.all_announcements),
    ):
        figure = draw(sample, lang, now)
        # No year of the sample has ten projects: their shares are said in words, never drawn as bars of 100 %.
        of_few_projects = draw in (investment.coordinated, investment.largest)
        assert (figure.chart is None) == of_few_projects, draw.__name__
        assert figure.chart is not None or figure.empty
        assert len(figure.table) > 0
        assert figure.summary
        assert figure.quotes or of_few_projects
    assert len(investment.project_list(sample, lang, "all", "all").table) > 10
    assert len(techwatch.announcement_list(sample, lang, "all", "all").table) > 10


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_source_of_the_sample_states_its_terms_and_what_it_speaks_of(sample: ReleaseReader, lang: str) -> None:
    found = sources.all_facts(sample, lang, sample.info.published_at)
    assert len(found) >= 10
    for one in found:
        assert dict(one.facts)[t("sources.universe", lang)], one.source_id
        assert dict(one.facts)[t("sources.access_note", lang)], one.source_id
        assert one.terms[0], one.source_id
        assert one.terms[1].startswith("https://"), one.source_id
