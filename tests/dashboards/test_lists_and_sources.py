"""Lists, the Sources page and Methods, as a reader uses them: filters, pages, what is withheld from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dashboards.test_app import open_app, words
from warehouse.reading.texts import t


def test_the_list_of_projects_follows_its_filters(monkeypatch: pytest.MonkeyPatch, data_root: Path) -> None:
    app = open_app(monkeypatch, data_root, "investment")
    assert len(app.dataframe[-1].value) == 10
    app.selectbox(key="choice_projects").set_value("all").run()
    assert len(app.dataframe[-1].value) == 15
    app.selectbox(key="choice_signed").set_value("2023").run()
    assert len(app.dataframe[-1].value) == 3
    assert app.query_params["signed"] in ("2023", ["2023"])
    table = app.dataframe[-1].value
    assert t("table.link", "en") not in table  # sample projects have no page at CORDIS


def test_the_list_of_announcements_in_a_quiet_month(monkeypatch: pytest.MonkeyPatch, data_root: Path) -> None:
    app = open_app(monkeypatch, data_root, "techwatch", month="2026-06")
    assert t("techwatch.list_empty", "en") not in words(app)
    app.selectbox(key="choice_month").set_value("2025-09").run()
    assert t("techwatch.list_empty", "en") in words(app)
    app.selectbox(key="choice_about").set_value("all").run()
    assert len(app.dataframe[-1].value) == 1


def test_months_are_in_the_readers_language(monkeypatch: pytest.MonkeyPatch, data_root: Path) -> None:
    app = open_app(monkeypatch, data_root, "techwatch", lang="fr", month="2026-05")
    assert "mai 2026" in app.selectbox(key="choice_month").options
    assert "octobre 2026" in words(app)


def test_sources_say_all_that_is_public(monkeypatch: pytest.MonkeyPatch, data_root: Path) -> None:
    app = open_app(monkeypatch, data_root, "sources")
    said = words(app)
    for part in (
        "5 of 5 registered",
        "2 (2.1",
        "none: the sample does not change",
        "jobs.lu",
        "HTTP 403",
        "Used by",
        "CC BY 4.0",
    ):
        assert part in said
    tables = [table.value for table in app.table]
    assert [len(table) for table in tables] == [1, 1, 1, 2, 3, 25], "by kind of record, what is set aside, the log"
    assert t("sources.drift_none", "en") in said, "a release from before parts were judged holds nothing back"
    log = tables[-1]
    assert [event.split(" · ")[0] for event in log["Event"][:2]] == ["edition issued", "release published"]
    assert "edition 3" in log["Event"].iloc[0]
    assert "3 hours" in set(log["Delay"])


def test_the_log_is_filtered_and_paged(monkeypatch: pytest.MonkeyPatch, data_root: Path) -> None:
    app = open_app(monkeypatch, data_root, "sources", log="2")
    assert len(app.table[-1].value) == 17  # 42 events in all
    app.selectbox(key="choice_event").set_value("published").run()
    assert "log" not in app.query_params  # there is no second page of it
    assert len(app.table[-1].value) == 1
    app.selectbox(key="choice_of").set_value("greenhouse_sample").run()
    assert t("sources.log_empty", "en") in words(app)
    app.selectbox(key="choice_aside").set_value("openalex_sample").run()
    assert t("sources.quarantine_empty", "en") in words(app)
    app.selectbox(key="choice_show").set_value("marked").run()
    assert t("sources.none_shown", "en") in words(app)


def test_methods_lists_live_and_planned(monkeypatch: pytest.MonkeyPatch, data_root: Path) -> None:
    app = open_app(monkeypatch, data_root, "methods")
    said = words(app)
    assert "Live: 7 · Planned: 1" in said
    assert "It waits for: official vacancy totals by section" in said
    assert len(app.expander) == 8
    app.selectbox(key="choice_status").set_value("planned").run()
    assert [fold.label.replace("\\", "") for fold in app.expander] == ["T2 · AI openings, calibrated (Talent, planned)"]
    app.selectbox(key="choice_family").set_value("research").run()
    assert t("methods.none", "en") in words(app)
