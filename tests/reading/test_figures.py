"""Figures: every part beside the chart, and the difference between zero, uncertain, suppressed and missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.reading.release_builder import RELEASE_B, STAMPS, Builder, filled
from warehouse.reading import ReleaseReader, adoption, cells, charts, compare, formats, open_release, talent
from warehouse.reading.figure import Figure
from warehouse.reading.formats import LANGUAGES
from warehouse.reading.freshness import freshness
from warehouse.reading.summaries import settled_summary

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NB = formats.NBSP
FIGURES: dict[str, Callable[[ReleaseReader, str], Figure]] = {
    "countries": lambda reader, lang: adoption.countries(reader, lang, NOW, "2024"),
    "trend": lambda reader, lang: adoption.trend(reader, lang, NOW),
    "size": lambda reader, lang: adoption.by_size(reader, lang, NOW, "E_AI_TTM"),
    "technology": lambda reader, lang: adoption.by_technology(reader, lang, NOW, "2024"),
    "share": lambda reader, lang: talent.share(reader, lang, NOW),
    "user": lambda reader, lang: talent.one_class(reader, lang, NOW, "user"),
    "governance": lambda reader, lang: talent.one_class(reader, lang, NOW, "governance"),
    "mention": lambda reader, lang: talent.one_class(reader, lang, NOW, "mention"),
    "sectors": lambda reader, lang: talent.sectors(reader, lang, NOW, "2026-Q3"),
    "skills": lambda reader, lang: talent.skills(reader, lang, NOW),
    "languages": lambda reader, lang: talent.languages(reader, lang, NOW),
}


def texts_in(figure: Figure) -> str:
    assert figure.chart is not None
    return " ".join(str(note.text) for note in figure.chart.layout.annotations)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_complete_in_every_language(reader: ReleaseReader, name: str, lang: str) -> None:
    figure = FIGURES[name](reader, lang)
    assert figure.chart is not None
    assert figure.question
    assert figure.summary
    assert figure.is_sample
    assert RELEASE_B in figure.source_line
    assert figure.licence[0][1].startswith("https://")
    assert len(figure.table) == figure.csv.count(RELEASE_B.encode()) - 2  # title line and source line name it as well
    inside = texts_in(figure).replace("<br>", " ")
    assert RELEASE_B in inside  # the source travels with the picture
    assert figure.chart.layout.meta["alt"] == figure.summary
    assert figure.quotes
    assert all(RELEASE_B in quote for quote in figure.quotes)


@pytest.mark.parametrize("name", FIGURES)
def test_an_empty_release_says_so(empty_releases: Path, name: str) -> None:
    figure = FIGURES[name](open_release(empty_releases), "en")
    assert figure.chart is None
    assert figure.empty == "This release holds no values for this view."
    assert figure.table.empty
    assert not figure.quotes


def test_a_sentence_carries_all_a_number_needs(reader: ReleaseReader) -> None:
    cell = reader.cell("T1", "LU", "2026-Q3")
    assert cell is not None
    said = cells.sentence(reader, cell, "en")
    assert said.startswith(
        f"6.3{NB}% [4.3–9.2] of new job postings in Luxembourg first seen in 2026-Q3 ask for AI practitioners"
    )
    for part in (f"n{NB}={NB}520", "95", "Job boards of the sample", RELEASE_B, "sample data"):
        assert part in said
    official = reader.cell("A1", "EU27_2020", "2025")
    assert official is not None
    french = cells.sentence(reader, official, "fr")
    assert french.startswith("20,0\u00a0% des entreprises (UE27, 10 salariés ou plus)")
    assert f"b{NB}: rupture de série{NB}; rupture de série en 2025" in french
    assert "publiée sans intervalle" in french


def test_suppressed_is_not_zero(reader: ReleaseReader) -> None:
    figure = talent.sectors(reader, "en", NOW, "2026-Q3")
    assert figure.chart is not None
    bar = figure.chart.data[0]
    assert len(bar.x) == 3  # J, K, M; O and Q have no bar at all
    assert 0 not in bar.x
    assert "too few to say: one or two employers" in texts_in(figure).replace("<br>", " ").replace("<i>", "").replace(
        "</i>", ""
    )
    states = dict(zip(figure.table["Sector"], figure.table["Value"], strict=True))
    assert states["Public administration"] == "too few to say"
    assert list(states)[-2:] == ["Human health and social work", "Public administration"]  # after the published ones


def test_a_real_zero_is_shown_as_zero(tmp_path: Path) -> None:
    builder = filled()
    builder.values = [row for row in builder.values if row["dimensions"] != {}]
    builder.share("T1", "2026-Q3", 0, 400)
    builder.write(tmp_path)
    cell = open_release(tmp_path).cell("T1", "LU", "2026-Q3")
    assert cell is not None
    assert cells.state(cell) == "uncertain"
    assert cells.value_text(cell, "en") == f"0.0{NB}%"


def test_uncertain_cells_are_pale_and_marked(reader: ReleaseReader) -> None:
    figure = talent.skills(reader, "en", NOW)
    assert figure.chart is not None
    patterns = list(figure.chart.data[0].marker.pattern.shape)
    assert patterns == ["", "", "", "/", "/"]
    assert "(u)" in texts_in(figure)
    governance = talent.one_class(reader, "en", NOW, "governance")
    assert governance.chart is not None
    symbols = [
        symbol for trace in governance.chart.data if trace.mode == "lines+markers" for symbol in trace.marker.symbol
    ]
    assert any(str(symbol).endswith("-open") for symbol in symbols)


def test_a_gap_splits_line_and_band(reader: ReleaseReader) -> None:
    figure = talent.one_class(reader, "en", NOW, "governance")
    assert figure.chart is not None
    bands = [trace for trace in figure.chart.data if trace.fill == "toself"]
    assert len(bands) == 1
    assert min(bands[0].x) == 2  # the suppressed second quarter is not bridged
    crosses = [trace for trace in figure.chart.data if getattr(trace.marker, "symbol", None) == "x-thin"]
    assert list(crosses[0].x) == [1]


def test_years_keep_their_distance_and_breaks_are_marked(reader: ReleaseReader) -> None:
    figure = adoption.trend(reader, "en", NOW)
    assert figure.chart is not None
    assert list(figure.chart.layout.xaxis.ticktext) == ["2021", "2022", "2023", "2024", "2025"]
    assert figure.chart.layout.shapes[0].x0 == 4
    assert "The list of technologies was widened." in " ".join(figure.notes)
    assert f"8.0{NB}% became 8.1{NB}%" in " ".join(figure.notes)
    assert "NACE K" in " ".join(figure.notes)
    assert "no interval" in figure.interval_note


def test_nothing_is_compared_across_a_break(reader: ReleaseReader) -> None:
    figure = adoption.trend(reader, "en", NOW)
    assert figure.chart is not None
    union = next(trace for trace in figure.chart.data if trace.name == "EU27")
    drawn = dict(zip(union.x, union.y, strict=True))
    assert drawn[3.5] is None  # the line ends before 2025
    assert drawn[4] == 19.95
    said = figure.summary.split("EU27:")[1]
    assert "Break in series in 2025: values before and after are not compared." in said
    assert not any(word in said for word in ("Higher", "Highest", "lowest", "Lower"))
    cell = reader.cell("A1", "EU27_2020", "2025", {"indic_is": "E_AI_TTM"})
    assert cell is None
    single = dict(reader.cell("A1", "LU", "2024", {"indic_is": "E_AI_TTM"}) or {}) | {"period": "2025"}
    assert cells.break_text(reader, single, "en") == ""  # the break concerns "at least one technology" only


def test_an_interval_band_stops_at_a_break() -> None:
    marks = [charts.Mark(str(year), 5.0, 4.0, 6.0) for year in range(2021, 2025)]
    figure = charts.lines([charts.Series("x", marks)], charts.Frame("%", "s", "a", [("2023", "break")]))
    bands = [sorted(set(trace.x)) for trace in figure.data if trace.fill == "toself"]
    assert bands == [[0, 1], [2, 3]]


def test_what_the_publisher_withholds_is_not_published(reader: ReleaseReader) -> None:
    cell = reader.cell("A1", "EU27_2020", "2024", {"size_emp": "10-49"})
    assert cell is not None
    assert cells.value_text(cell, "en") == "not published"
    assert cells.value_text(dict(cell) | {"suppressed_because": "publisher"}, "fr") == "non publié"
    assert cells.reason(cell, "en") == "confidential at the publisher"
    assert cells.value_text(dict(cell) | {"flags": None}, "en") == "not in this release"


def test_too_few_names_what_is_too_few(reader: ReleaseReader) -> None:
    hidden = dict(reader.cell("T1", "LU", "2025-Q1", {"ai_class": "governance"}) or {})
    assert cells.reason(hidden, "en") == "too few ads"
    hits = hidden | {"n": 495, "k": 1, "n_effective": 481.3}
    assert cells.reason(hits, "en") == "too few AI ads"
    assert cells.reason(hits | {"indicator_code": "T5"}, "en") == "too few mentions"
    assert cells.reason(hits | {"n_effective": 29.0}, "en") == "too few ads"


def test_extremes_are_named_only_on_enough_cases(reader: ReleaseReader) -> None:
    skills = talent.skills(reader, "en", NOW)
    assert "Highest among values on enough cases: Python" in skills.summary
    assert "Listed by name" not in skills.summary
    governance = talent.one_class(reader, "en", NOW, "governance")
    assert "ighest" not in governance.summary  # every quarter rests on few cases
    assert "Effective n" in skills.table


def test_long_labels_take_two_lines() -> None:
    long = "Freiberufliche, wissenschaftliche und technische Dienstleistungen"
    figure = charts.bars(
        [charts.Series("x", [charts.Mark(long, 5.0), charts.Mark("y", 4.0)])], charts.Frame("%", "", "")
    )
    said = [str(note.text) for note in figure.layout.annotations]
    assert "Freiberufliche, wissenschaftliche und<br>technische Dienstleistungen" in said


def test_axes_follow_the_language(reader: ReleaseReader) -> None:
    found = {lang: talent.share(reader, lang, NOW).chart.layout.separators for lang in LANGUAGES}  # type: ignore[union-attr]
    assert found == {"en": ".,", "fr": ",\u202f", "de": ",.", "lb": ",."}


def test_axes_start_at_zero_and_intervals_are_drawn(reader: ReleaseReader) -> None:
    for name in FIGURES:
        chart = FIGURES[name](reader, "en").chart
        assert chart is not None
        axis = chart.layout.xaxis if chart.data[0].type == "bar" else chart.layout.yaxis
        assert axis.range[0] == 0
    bar = talent.sectors(reader, "en", NOW, "2026-Q3").chart.data[0]  # type: ignore[union-attr]
    assert all(length > 0 for length in bar.error_x.array)


def test_what_luxembourg_lacks_is_said(reader: ReleaseReader) -> None:
    figure = adoption.countries(reader, "en", NOW, "2025")
    assert "This release has no figure for Luxembourg for 2025" in figure.summary
    pairs = adoption.by_technology(reader, "en", NOW, "2024")
    assert "not in this release" in texts_in(pairs)
    assert "not published" not in texts_in(pairs)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [*charts.PALETTE[:3], charts.GREY])
@pytest.mark.parametrize("background", ["#FFFFFF", "#12181F"])
def test_marks_stand_out_on_both_themes(colour: str, background: str) -> None:
    assert contrast(colour, background) >= 3


def test_publishers_text_never_becomes_markup(tmp_path: Path) -> None:
    builder = filled()
    builder.sources[1][2] = "<a href='http://x'>Publisher</a>"
    builder.write(tmp_path)
    inside = texts_in(talent.share(open_release(tmp_path), "en", NOW))
    assert "<a " not in inside
    assert "&lt;a" in inside


@pytest.mark.parametrize(
    ("is_sample", "hours", "state"), [(True, 999, "sample"), (False, 47, "fresh"), (False, 51, "late")]
)
def test_freshness_is_judged_when_read(tmp_path: Path, is_sample: bool, hours: int, state: str) -> None:
    filled(is_sample=is_sample).write(tmp_path)
    source = open_release(tmp_path).source("greenhouse_sample")
    assert source is not None
    assert freshness(source, STAMPS[RELEASE_B] - timedelta(hours=2) + timedelta(hours=hours)).state == state


def test_a_list_of_our_own_is_reviewed_and_late_a_year_later() -> None:
    reviewed = datetime(2026, 11, 22, 9, tzinfo=UTC)
    row = {"last_checked_at": reviewed, "fresh_within_hours": 8760, "is_sample": False, "access": "own_list"}
    state = freshness(row, reviewed + timedelta(days=200))
    assert (state.state, state.is_marked) == ("reviewed", False)
    assert state.text("en") == "the project’s own list, reviewed 22 November 2026"
    assert freshness(row, reviewed + timedelta(days=366)).state == "late"
    assert freshness(row | {"last_checked_at": None}, reviewed).state == "never"


def test_comparison_finds_exactly_what_differs(tmp_path: Path, releases: Path, reader: ReleaseReader) -> None:
    same = compare.compare(reader, reader)
    assert (same.changed, same.unchanged) == (0, len(reader.values()))
    builder: Builder = filled()
    builder.values[0] |= {"value": 7.8}
    del builder.values[1]
    builder.official("FI", "2024", 24.4)
    builder.write(tmp_path)
    found = compare.compare(open_release(tmp_path), reader)
    assert [(before["value"], after["value"]) for before, after in found.revised] == [(7.7, 7.8)]
    assert [row["geo"] for row in found.new] == ["FI"]
    assert [row["value"] for row in found.removed] == [8.1]


def test_few_cases_take_part_in_no_ranking(tmp_path: Path) -> None:
    builder = filled()
    builder.values = [row for row in builder.values if row["indicator_code"] != "T5"]
    for skill, k in (("python", 20), ("machine_learning", 30), ("llm", 25)):
        builder.share("T5", "2026-Q3", k, 91, skill=skill)
    builder.write(tmp_path)
    figure = talent.skills(open_release(tmp_path), "en", NOW)
    assert list(figure.table["Skill"]) == [
        "Python",
        "large language models",
        "machine learning",
    ]  # by name, not by size
    assert "Highest" not in figure.summary
    assert "too few for a ranking" in figure.summary


def test_many_suppressed_cells_become_a_note(tmp_path: Path) -> None:
    builder = filled()
    for section in "ABCDE":
        builder.share("T1", "2026-Q3", 1, 20, window="4q", nace_section=section)
    builder.write(tmp_path)
    figure = talent.sectors(open_release(tmp_path), "en", NOW, "2026-Q3")
    assert "Public administration" not in texts_in(figure)
    note = next(note for note in figure.notes if note.startswith("Not shown"))
    assert "one or two employers make up most of the cell (Public administration)" in note
    assert "too few ads (A, B, C, D, E, Human health and social work)" in note
    assert len(figure.table) == 10  # the table still lists every one with its reason


def test_a_source_that_was_never_collected_is_not_late(tmp_path: Path) -> None:
    builder = filled(is_sample=False)
    builder.sources[0][10:12] = [None, None]
    builder.write(tmp_path)
    source = open_release(tmp_path).source("eurostat_isoc_eb_ai")
    assert source is not None
    assert freshness(source, NOW).state == "never"
    assert freshness(source, NOW).text("en") == "not collected yet"


def test_a_crowded_axis_labels_every_third_period_and_the_newest() -> None:
    months = [f"m{number}" for number in range(24)]
    series = [charts.Series("", [charts.Mark(month, 1.0) for month in months])]
    chart = charts.lines(series, charts.Frame("", "", "", order=months))
    assert list(chart.layout.xaxis.ticktext) == months[2::3]
    few = charts.lines(series, charts.Frame("", "", "", order=months[:8]))
    assert list(few.layout.xaxis.ticktext) == months[:8]


def test_a_flagged_break_starts_the_words_anew() -> None:
    row = {"value": 1.0, "low": 0.5, "high": 2.0, "level": 0.95, "unit": "announcements", "flags": None}
    row |= {"estimator": "poisson_exact", "suppressed_because": None, "n": None, "k": 1}
    rows = [{**row, "period": f"2025-0{month}"} for month in (1, 2, 3)]
    said = settled_summary(rows, "en", ["2025-02"])
    assert "between February 2025" in said
    assert "Before it: January 2025" in said
