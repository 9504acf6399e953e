"""The figures of AI adoption by enterprises (A1): against the EU and peers, over time, by size class, by technology.

Belongs here: choosing A1's cells and the options a reader may select. Never here: geometry (charts.py) and layout (the
faces).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from warehouse.reading import cells, charts, formats
from warehouse.reading.cells import DEFAULT_SIZE, DEFAULT_TECHNOLOGY
from warehouse.reading.compare import latest_period, newest, rows_of
from warehouse.reading.figure import Figure, assemble, break_notes, breaks, mark, short_source
from warehouse.reading.reader import ReleaseReader, Row, as_utc
from warehouse.reading.summaries import ranking_summary, trend_summary
from warehouse.reading.texts import t, typeset

CODE = "A1"
HOME, UNION = "LU", "EU27_2020"
# Small open economies and neighbours, kept when more areas are published than a screen can hold.
PEERS = ("BE", "DE", "FR", "NL", "IE", "DK", "EE", "MT", "AT", "FI", "SE")
MANY = 14
SIZES = ("GE10", "10-249", "10-49", "50-249", "GE250")


def cells_of(reader: ReleaseReader) -> pd.DataFrame:
    """All A1 cells with ``technology`` and ``size`` spelled out (totals mean at least one technology, 10+
    persons employed).
    """
    frame = reader.values(CODE)
    dims = list(frame["dimensions"])
    return frame.assign(
        technology=pd.Series([d.get("indic_is", DEFAULT_TECHNOLOGY) for d in dims], dtype=object, index=frame.index),
        size=pd.Series([d.get("size_emp", DEFAULT_SIZE) for d in dims], dtype=object, index=frame.index),
    )


def years(reader: ReleaseReader) -> list[str]:
    """Years with any cell for enterprises of all sizes, newest first."""
    frame = cells_of(reader)
    return sorted(set(frame[frame["size"].eq(DEFAULT_SIZE)]["period"]), reverse=True)


def default_year(reader: ReleaseReader) -> str | None:
    """The newest year with Luxembourg's headline rate; without one, with any technology; without that, the newest
    year.
    """
    frame = cells_of(reader)
    frame = frame[frame["size"].eq(DEFAULT_SIZE)]
    at_home = frame[frame["geo"].eq(HOME) & frame["value"].notna()]
    headline = at_home[at_home["technology"].eq(DEFAULT_TECHNOLOGY)]
    return latest_period(headline if not headline.empty else at_home if not at_home.empty else frame)


def technologies(reader: ReleaseReader) -> list[str]:
    """Technologies with a cell by size class; those that Luxembourg has first, the headline rate before the rest."""
    frame = cells_of(reader)
    split = frame[frame["size"].ne(DEFAULT_SIZE) & frame["value"].notna()]
    at_home = set(split[split["geo"].eq(HOME)]["technology"])
    return sorted(set(split["technology"]), key=lambda code: (code not in at_home, code != DEFAULT_TECHNOLOGY, code))


def headlines(reader: ReleaseReader) -> list[Row]:
    """Luxembourg's newest rate and the EU's of the same year (its newest, where that year is missing): a headline
    compares nothing across years.
    """
    home = newest(reader, CODE)
    same_year = reader.cell(CODE, UNION, home["period"]) if home is not None else None
    union = (
        same_year
        if same_year is not None and formats.is_present(same_year["value"])
        else newest(reader, CODE, geo=UNION)
    )
    return [row for row in (home, union) if row is not None]


def countries(reader: ReleaseReader, lang: str, now: datetime, year: str | None) -> Figure:
    """Luxembourg beside the EU and peers in one year, largest first."""
    frame = cells_of(reader)
    frame = frame[
        frame["technology"].eq(DEFAULT_TECHNOLOGY) & frame["size"].eq(DEFAULT_SIZE) & frame["period"].eq(year or "")
    ]
    if len(frame) > MANY:
        frame = frame[frame["geo"].isin([HOME, UNION, *PEERS])]
    frame = frame.sort_values(["value", "geo"], ascending=[False, True], na_position="last").reset_index(drop=True)
    rows = rows_of(frame)
    names = [cells.label(reader, "geo", row["geo"], lang) for row in rows]
    question = t("adoption.countries.question", lang, year=year or "–")
    summary = ranking_summary(rows, names, lang)
    home = next((row for row in rows if row["geo"] == HOME), None)
    if rows and home is None:
        summary += " " + t("adoption.home_missing", lang, year=year or "–")
    colours = {HOME: 0, UNION: 1}
    marks = [mark(row, lang, name, colour=colours.get(row["geo"])) for row, name in zip(rows, names, strict=True)]
    surround = charts.Frame("%", _source(reader, frame, lang), summary)
    chart = charts.bars([charts.Series(question, marks, None)], surround) if marks else None
    return assemble(
        reader,
        lang,
        now,
        key="adoption_countries",
        code=CODE,
        question=question,
        frame=frame,
        labels=[(t("table.area", lang), names)],
        chart=chart,
        summary=summary,
        notes=scope_notes(reader, lang),
        quoted=[row for row in rows if row["geo"] in (HOME, UNION)],
        periods=year or "",
    )


def trend(reader: ReleaseReader, lang: str, now: datetime) -> Figure:
    """Luxembourg and the EU over the years."""
    frame = cells_of(reader)
    frame = frame[
        frame["technology"].eq(DEFAULT_TECHNOLOGY) & frame["size"].eq(DEFAULT_SIZE) & frame["geo"].isin([HOME, UNION])
    ]
    frame = frame.reset_index(drop=True)
    rows = rows_of(frame)
    names = [cells.label(reader, "geo", row["geo"], lang) for row in rows]
    series = []
    for index, geo in enumerate((HOME, UNION)):
        own = [row for row in rows if row["geo"] == geo]
        marks = [mark(row, lang, row["period"]) for row in own]
        if marks:
            series.append(charts.Series(cells.label(reader, "geo", geo, lang), marks, index))
    marked = breaks(reader, CODE, lang)
    parts = []
    for geo in (HOME, UNION):
        said = trend_summary([row for row in rows if row["geo"] == geo], lang, [period for period, _ in marked])
        parts.append(typeset(f"{cells.label(reader, 'geo', geo, lang)}: {said}", lang))
    summary = " ".join(parts) if rows else trend_summary([], lang)
    surround = charts.Frame("%", _source(reader, frame, lang), summary, marked)
    notes = [*scope_notes(reader, lang), *revision_notes(reader, lang), *break_notes(reader, CODE, lang)]
    periods = f"{frame['period'].min()}–{frame['period'].max()}" if rows else ""
    return assemble(
        reader,
        lang,
        now,
        key="adoption_trend",
        code=CODE,
        question=t("adoption.trend.question", lang),
        frame=frame,
        labels=[(t("table.area", lang), names), (t("table.period", lang), [row["period"] for row in rows])],
        chart=charts.lines(series, surround) if series else None,
        summary=summary,
        notes=notes,
        quoted=[own[-1] for own in ([r for r in rows if r["geo"] == geo] for geo in (HOME, UNION)) if own],
        periods=periods,
    )


def by_size(reader: ReleaseReader, lang: str, now: datetime, technology: str, year: str | None = None) -> Figure:
    """One technology by size class, Luxembourg beside the EU, in the newest year with a split for Luxembourg."""
    frame = cells_of(reader)
    frame = frame[frame["technology"].eq(technology) & frame["geo"].isin([HOME, UNION])]
    split = frame[frame["size"].ne(DEFAULT_SIZE)]
    at_home = split[split["geo"].eq(HOME)]
    year = year or latest_period(at_home if not at_home.empty else split)
    frame = frame[frame["period"].eq(year or "") & frame["size"].isin(SIZES)]
    order = {size: index for index, size in enumerate(SIZES)}
    frame = frame.assign(_order=frame["size"].map(order)).sort_values(["_order", "geo"], ascending=[True, False])
    frame = frame.drop(columns="_order").reset_index(drop=True)
    sizes = list(dict.fromkeys(frame["size"])) if len(set(frame["size"]) - {DEFAULT_SIZE}) else []
    named = cells.label(reader, "indic_is", technology, lang)
    return _pairs(
        reader,
        lang,
        now,
        frame,
        "size",
        sizes,
        "size_emp",
        key="adoption_size",
        period=year or "",
        question=t("adoption.size.question", lang, year=year or "–", technology=named),
        extra_notes=[t("adoption.sizes_overlap", lang)] if {"10-249", "10-49"} <= set(sizes) else [],
    )


def by_technology(reader: ReleaseReader, lang: str, now: datetime, year: str | None) -> Figure:
    """Each technology for enterprises with 10 or more persons employed, Luxembourg beside the EU."""
    frame = cells_of(reader)
    frame = frame[frame["size"].eq(DEFAULT_SIZE) & frame["geo"].isin([HOME, UNION]) & frame["period"].eq(year or "")]
    best = frame.groupby("technology")["value"].max().sort_values(ascending=False, na_position="last")
    codes = [str(code) for code in best.index]
    return _pairs(
        reader,
        lang,
        now,
        frame.reset_index(drop=True),
        "technology",
        codes,
        "indic_is",
        key="adoption_technology",
        period=year or "",
        question=t("adoption.by_technology.question", lang, year=year or "–"),
    )


def _pairs(
    reader: ReleaseReader,
    lang: str,
    now: datetime,
    frame: pd.DataFrame,
    column: str,
    order: list[str],
    codelist: str,
    *,
    key: str,
    question: str,
    period: str,
    extra_notes: Sequence[str] = (),
) -> Figure:
    """Bars in pairs, Luxembourg and the EU; a pair with one side missing says so instead of looking like zero."""
    rows = rows_of(frame)
    by_place = {(row[column], row["geo"]): row for row in rows}
    series = []
    for index, geo in enumerate((HOME, UNION)):
        marks = []
        for code in order:
            name, row = cells.label(reader, codelist, code, lang), by_place.get((code, geo))
            absent = charts.Mark(name, None, note=t("cell.not_in_release", lang))
            marks.append(absent if row is None else mark(row, lang, name, colour=index))
        if marks:
            series.append(charts.Series(cells.label(reader, "geo", geo, lang), marks, index))
    names = [
        f"{cells.label(reader, codelist, row[column], lang)}, {cells.label(reader, 'geo', row['geo'], lang)}"
        for row in rows
    ]
    at_home = [index for index, row in enumerate(rows) if row["geo"] == HOME]
    summary = ranking_summary([rows[i] for i in at_home] or rows, [names[i] for i in at_home] or names, lang)
    surround = charts.Frame("%", _source(reader, frame, lang), summary)
    labels = [
        (t(f"table.{column}", lang), [cells.label(reader, codelist, row[column], lang) for row in rows]),
        (t("table.area", lang), [cells.label(reader, "geo", row["geo"], lang) for row in rows]),
    ]
    return assemble(
        reader,
        lang,
        now,
        key=key,
        code=CODE,
        question=question,
        frame=frame,
        labels=labels,
        chart=charts.bars(series, surround) if series and rows else None,
        summary=summary,
        notes=[*extra_notes, *scope_notes(reader, lang)],
        quoted=[rows[i] for i in at_home][:4],
        periods=period,
    )


def _source(reader: ReleaseReader, frame: pd.DataFrame, lang: str) -> str:
    return short_source(reader, CODE, lang, not frame.empty and bool(frame["is_sample"].any()))


def scope_notes(reader: ReleaseReader, lang: str) -> list[str]:
    """That finance is left out, unless the indicator's own caveat, which every figure shows, says it already."""
    about = reader.indicator(CODE, lang)
    return [] if about and "NACE K" in about.caveat else [t("adoption.nace_k", lang)]


def revision_notes(reader: ReleaseReader, lang: str, limit: int = 3) -> list[str]:
    """The publisher's revisions of percentages, newest first, as sentences."""
    return [revision_text(reader, row, lang) for row in revisions(reader)[:limit]]


def revisions(reader: ReleaseReader) -> list[Row]:
    """The publisher's revisions, newest first; of the same day the totals before the splits."""

    def order(row: Row) -> tuple[Any, ...]:
        known, cell = as_utc(row["known_from_new"]), row["dimensions"]
        return (
            -known.timestamp() if known else 0.0,
            cell.get("size_emp", DEFAULT_SIZE) != DEFAULT_SIZE,
            cell.get("indic_is", DEFAULT_TECHNOLOGY) != DEFAULT_TECHNOLOGY,
            cell.get("geo") != HOME,
            row["series_key"],
            row["time_period"],
        )

    return sorted(rows_of(reader.revisions()), key=order)


def revision_text(reader: ReleaseReader, row: Row, lang: str) -> str:
    """One revision: which cell, from what to what, when it became known."""
    dimensions: Mapping[str, Any] = row["dimensions"] if isinstance(row["dimensions"], dict) else {}
    unit = str(dimensions.get("unit") or "PC_ENT")
    known = as_utc(row["known_from_new"])
    old, new = revision_values(row, unit, lang)
    return t(
        "adoption.revision",
        lang,
        publisher=cells.publisher_of_dataset(reader, str(row["dataset_id"])),
        area=cells.label(reader, "geo", str(dimensions.get("geo", "–")), lang),
        size=cells.label(reader, "size_emp", str(dimensions.get("size_emp", DEFAULT_SIZE)), lang),
        series=cells.label(reader, "indic_is", str(dimensions.get("indic_is", row["series_key"])), lang),
        period=formats.period(str(row["time_period"]), lang),
        old=old,
        new=new,
        day=formats.day(known, lang) if known else "–",
    )


def revision_values(row: Row, unit: str, lang: str) -> tuple[str, str]:
    """The values before and after, with as many decimals each; or that there was none."""
    values = [float(row[name]) if formats.is_present(row[name]) else None for name in ("old_value", "new_value")]
    broken = formats.is_percent(unit) and any(value is not None and not value.is_integer() for value in values)

    def said(value: float | None) -> str:
        if value is None:
            return t("cell.no_value", lang)
        if broken:
            return formats.decimal(formats.scaled(value, unit), lang) + formats.NBSP + "%"
        return formats.number(value, unit, lang)

    return said(values[0]), said(values[1])
