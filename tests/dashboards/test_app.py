"""The app as a reader meets it: every page and language, empty and pinned releases, addresses from outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from state import db, events
from tests.reading.release_builder import RELEASE_A, RELEASE_B, filled
from warehouse.reading.formats import LANGUAGES, NBSP
from warehouse.reading.texts import t

APP = Path(__file__).resolve().parents[2] / "dashboards" / "app.py"
PAGES = ("overview", "adoption", "talent", "investment", "research", "techwatch", "sources", "methods")
CHARTS = {"adoption": 4, "talent": 7, "investment": 4, "research": 3, "techwatch": 2}
MARKED = ("overview", "adoption")  # pages with figures of the source in trouble
ELSEWHERE = ("investment", "methods")
LISTS = {"investment": 1, "techwatch": 1}


def open_app(monkeypatch: pytest.MonkeyPatch, root: Path, page: str = "overview", **address: str) -> AppTest:
    """The app on a page, with query parameters. Parameters are set again after the page change, as a bookmark has
    them.
    """
    monkeypatch.setenv("OBSERVATORY_DATA", str(root))
    app = AppTest.from_file(str(APP), default_timeout=60)
    for name, value in address.items():
        app.query_params[name] = value
    if page == "overview":
        return app.run()
    app.run()
    app.switch_page(f"app_pages/{page}.py")
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "code")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind)).replace("\\", "")


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_in_both_languages(monkeypatch: pytest.MonkeyPatch, data_root: Path, page: str, lang: str) -> None:
    app = open_app(monkeypatch, data_root, page, lang=lang)
    assert not app.exception
    assert not app.error
    assert t("sample.banner", lang) in words(app)
    assert RELEASE_B in words(app)
    assert t(f"{page}.lead", lang) in words(app)
    charts, lists = CHARTS.get(page, 0), LISTS.get(page, 0)
    assert len(app.get("plotly_chart")) == charts
    assert len(app.get("download_button")) == charts + lists
    assert page == "overview" or len(app.dataframe) == charts + lists
    said = words(app)
    assert said.count(t("figure.summary", lang)) == charts
    assert said.count(t("source.line", lang, sources="§", release="§").split("§")[0]) >= charts + lists


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang not in ("en", "fr")])
def test_the_other_languages_say_they_are_unreviewed(
    monkeypatch: pytest.MonkeyPatch, data_root: Path, lang: str
) -> None:
    app = open_app(monkeypatch, data_root, lang=lang)
    assert not app.exception
    assert t("meta.unreviewed", lang) in words(app)


def test_headlines_come_with_interval_and_period(monkeypatch: pytest.MonkeyPatch, data_root: Path) -> None:
    app = open_app(monkeypatch, data_root)
    values = {metric.label: metric.value for metric in app.metric}
    assert values == {
        "Enterprises using AI, Luxembourg, 2024": f"24{NBSP}%",
        "Enterprises using AI, EU27, 2024": f"13.5{NBSP}%",
        "New job postings seeking AI practitioners, Luxembourg, 2026-Q3": f"6.3{NBSP}%",
        "EU grants for AI projects, Luxembourg, 2024": f"€11.02{NBSP}million",  # 2026 is provisional
        "Publications about AI, Luxembourg, 2023": f"12.5{NBSP}%",
        "Announcements about AI, Luxembourg, October 2026": "1",
    }
    said = words(app)
    assert f"% of new job postings in the quarter{NBSP}· [4.3–9.2]" in said
    assert f"% of enterprises with 10 or more persons employed, finance left out{NBSP}· official statistic" in said
    assert f"Newer: 20.0{NBSP}% in 2025 (break in series in 2025)" in said
    assert f"Compared with release {RELEASE_A}" in said
    assert "€903,000 in 2026" not in said  # an unfinished year is no newer value
    assert "Revised: 3" in said
    assert f"8.0{NBSP}% became 8.1{NBSP}%" in said


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_release_is_said_not_crashed(monkeypatch: pytest.MonkeyPatch, empty_root: Path, page: str) -> None:
    app = open_app(monkeypatch, empty_root, page)
    assert not app.exception
    assert not app.get("plotly_chart")
    expected = {"overview": "This release holds no values yet.", "sources": "This release names no source."}
    expected["methods"] = t("methods.lead", "en")  # its metadata are there without a value
    assert expected.get(page, "This release holds no values for this view.") in words(app)


def test_no_release_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = open_app(monkeypatch, tmp_path)
    assert not app.exception
    assert "Nothing has been published yet." in words(app)
    assert "observatory run" in words(app)


def test_a_damaged_release_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = filled().write(tmp_path / "releases")
    (folder / "observatory.duckdb").write_bytes(b"x" * 5000)
    app = open_app(monkeypatch, tmp_path)
    assert not app.exception
    assert RELEASE_B in str(app.error[0].value).replace("\\", "")


def test_a_pinned_release_says_that_newer_data_exist(monkeypatch: pytest.MonkeyPatch, data_root: Path) -> None:
    app = open_app(monkeypatch, data_root, v=RELEASE_A)
    assert f"You are looking at release {RELEASE_A}" in words(app)
    assert f"release {RELEASE_B}" in words(app)
    assert "This is the first release" in words(app)
    app.switch_page("app_pages/talent.py").run()
    assert app.query_params["v"] in (RELEASE_A, [RELEASE_A])  # the pin survives a change of page
    assert f"Release {RELEASE_A}" in words(app)
    app.button(key="app_to_current").click().run()
    assert "v" not in app.query_params
    assert f"Release {RELEASE_B}" in words(app)


@pytest.mark.parametrize("asked", ["../../etc/passwd", "nonsense", "20990101T000000Z-00000000"])
def test_an_unknown_release_is_reported(monkeypatch: pytest.MonkeyPatch, data_root: Path, asked: str) -> None:
    app = open_app(monkeypatch, data_root, v=asked)
    assert not app.exception
    assert f"Release “{asked}” does not exist" in words(app)
    assert f"Release {RELEASE_B}" in words(app)


def test_unknown_values_are_reported(monkeypatch: pytest.MonkeyPatch, data_root: Path) -> None:
    app = open_app(monkeypatch, data_root, "adoption", lang="tlh", year="1812", technology="<b>x</b>")
    assert not app.exception
    said = words(app)
    for value in ("tlh", "1812", "<b>x</b>"):
        assert f"“{value}” is not a known value" in said
    assert app.query_params == {}


def test_choices_live_in_the_address(monkeypatch: pytest.MonkeyPatch, data_root: Path) -> None:
    app = open_app(monkeypatch, data_root, "adoption", lang="fr", year="2025")
    assert app.selectbox(key="choice_year").value == "2025"
    assert "2025\u00a0?" in words(app)
    assert "Pour le Luxembourg, cette version ne contient pas de chiffre pour 2025" in words(app)
    app.selectbox(key="choice_year").set_value("2023").run()
    assert app.query_params["year"] in ("2023", ["2023"])
    app.selectbox(key="choice_year").set_value("2024").run()
    assert "year" not in app.query_params  # the default leaves the address short
    app.selectbox(key="app_lang").set_value("en").run()
    assert "lang" not in app.query_params
    assert "How many enterprises use AI" in words(app)


def test_one_quarter_and_four(monkeypatch: pytest.MonkeyPatch, data_root: Path) -> None:
    app = open_app(monkeypatch, data_root, "talent", window="1q", quarter="2026-Q3")
    assert "in 2026-Q3?" in words(app)
    app.selectbox(key="choice_window").set_value("4q").run()
    assert "in the four quarters to 2026-Q3?" in words(app)
    assert "window" not in app.query_params


def test_late_sources_are_said_where_they_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    builder = filled(is_sample=False)
    builder.sources[0][12] = -(10**6)  # promised long ago: late whenever this test runs
    builder.write(tmp_path / "releases")
    for page in MARKED:
        said = words(open_app(monkeypatch, tmp_path, page))
        assert "Late data: Eurostat, Artificial intelligence by size class of enterprise" in said
        assert t("sample.banner", "en") not in said
    for page in ELSEWHERE:
        said = words(open_app(monkeypatch, tmp_path, page))
        assert "Late data" not in said
        assert "that no figure on this page uses" in said


def test_a_broken_source_is_marked_everywhere_until_it_is_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    filled(is_sample=False).write(tmp_path / "releases")
    engine = db.open_state(tmp_path / "state" / "state.sqlite")
    now, source_id = datetime.now(UTC), "eurostat_isoc_eb_ai"
    events.note_check(
        engine, source_id, by="look", at=now - timedelta(hours=2), trouble="refused", detail="secret detail 403"
    )
    for page in MARKED:
        said = words(open_app(monkeypatch, tmp_path, page))
        assert "Broken source since" in said
        assert "refused access" in said
        assert "secret detail" not in said
    for page in ELSEWHERE:
        said = words(open_app(monkeypatch, tmp_path, page))
        assert "figures below" not in said
        assert "that no figure on this page uses" in said
    app = open_app(monkeypatch, tmp_path, "adoption")
    beside = [str(warning.value) for warning in app.warning if "BROKEN since" in str(warning.value)]
    assert len(beside) == 4  # each figure that rests on the source, under the banner
    talent = open_app(monkeypatch, tmp_path, "talent")
    assert not [warning for warning in talent.warning if "BROKEN since" in str(warning.value)]
    events.note_check(engine, source_id, by="look", at=datetime.now(UTC))
    app.run()  # nothing else happened: no new release, no emptied cache
    assert not app.warning


def test_a_look_that_found_nothing_new_makes_a_source_fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    builder = filled(is_sample=False)
    for source in builder.sources:
        source[10] = datetime(2020, 1, 1, tzinfo=UTC)
    builder.write(tmp_path / "releases")
    assert "Late data: Eurostat" in words(open_app(monkeypatch, tmp_path, "adoption"))
    engine = db.open_state(tmp_path / "state" / "state.sqlite")
    events.note_check(engine, "eurostat_isoc_eb_ai", by="look", at=datetime.now(UTC))
    assert "Late data: Eurostat" not in words(open_app(monkeypatch, tmp_path, "adoption"))


def test_an_unreadable_log_is_said_and_costs_no_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    filled().write(tmp_path / "releases")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "state.sqlite").write_bytes(b"not a database" * 500)
    for page in ("overview", "sources"):
        app = open_app(monkeypatch, tmp_path, page)
        assert not app.exception
    assert "The log of looks cannot be read" in words(app)


def test_reading_makes_no_state_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    filled().write(tmp_path / "releases")
    open_app(monkeypatch, tmp_path, "sources")
    assert not (tmp_path / "state").exists()


def test_publishers_text_is_no_markup(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    builder = filled()
    builder.sources[0][2] = "[click](http://evil.example)"
    builder.write(tmp_path / "releases")
    app = open_app(monkeypatch, tmp_path, "adoption")
    captions = [str(text.value) for text in app.markdown if "click" in str(text.value)]
    assert captions
    assert all("\\[click\\](http" in caption for caption in captions)
