"""A figure as every surface shows it: question, unit and population, chart, summary, notes, table, CSV, source,
quotation.

Belongs here: assembling these parts from cells of one indicator, the same way for all. Never here: which cells
(adoption.py, talent.py) or how a surface lays the parts out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import plotly.graph_objects as go

from warehouse.reading import cells, charts, formats
from warehouse.reading.charts import Mark
from warehouse.reading.compare import OFFICIAL, rows_of
from warehouse.reading.csv import to_csv
from warehouse.reading.freshness import Freshness, freshness
from warehouse.reading.reader import ReleaseReader, Row, as_utc
from warehouse.reading.summaries import hidden, settled_summary, trend_summary
from warehouse.reading.texts import either, has, t, typeset


@dataclass(frozen=True)
class Figure:
    """Everything that must stand beside a chart. ``chart`` is None when there is nothing to draw; ``empty`` then says
    why.
    """

    key: str
    code: str
    question: str
    basis: str  # unit, period, population
    interval_note: str
    chart: go.Figure | None
    empty: str
    summary: str
    notes: tuple[str, ...]
    source_line: str
    licence: tuple[tuple[str, str], ...]  # (name, address)
    freshness: tuple[Freshness, ...]  # of the release alone; a face that knows later looks judges `source_ids` anew
    source_ids: tuple[str, ...]
    table: pd.DataFrame
    csv: bytes
    csv_name: str
    quotes: tuple[str, ...]
    method: tuple[tuple[str, str], ...]
    is_sample: bool


def mark(row: Row, lang: str, x: str, *, colour: int | None = 0) -> Mark:
    """A cell as something to draw, on the shown scale."""
    unit, shown = cells.text(row["unit"]), cells.state(row) in ("published", "uncertain")

    def scale(value: object) -> float | None:
        return formats.scaled(float(value), unit) if shown and formats.is_present(value) else None  # type: ignore[arg-type]

    flags = "".join(letter for letter in cells.text(row["flags"]) if letter.isalpha())
    said = cells.value_text(row, lang) + (f" ({flags})" if flags and shown else "")
    hover = "<br>".join(
        part
        for part in (
            f"<b>{x}</b>",
            cells.with_interval(row, lang),
            cells.sign_of_size(row, lang),
            cells.period_text(row, lang),
            *cells.flag_texts(row["flags"], lang),
            "" if shown else cells.reason(row, lang),
        )
        if part
    )
    return Mark(
        x=x,
        value=scale(row["value"]),
        low=scale(row["low"]),
        high=scale(row["high"]),
        text=said,
        hover=hover,
        uncertain=cells.state(row) == "uncertain",
        note="" if shown else typeset(f"{cells.value_text(row, lang)}: {cells.reason(row, lang)}", lang),
        colour=colour,
    )


def breaks(reader: ReleaseReader, code: str, lang: str) -> list[tuple[str, str]]:
    """Breaks that the metadata names, as (period, short marker): the text itself stands in the notes."""
    about = reader.indicator(code, lang)
    return [(known.period, t("flag.break_marker", lang)) for known in (about.breaks if about else ())]


def break_notes(reader: ReleaseReader, code: str, lang: str) -> list[str]:
    """The breaks in words."""
    about = reader.indicator(code, lang)
    return [
        typeset(f"{formats.period(known.period, lang)}: {known.text}", lang)
        for known in (about.breaks if about else ())
    ]


def source_line(reader: ReleaseReader, code: str, lang: str) -> str:
    """Publisher, dataset, last update and release of what an indicator rests on; the licence stands beside it."""
    parts = []
    for source_id in cells.cited_sources(reader, code):
        source = reader.source(source_id) or {}
        changed = as_utc(source["last_changed_at"])
        when = t("source.updated", lang, day=formats.day(changed, lang)) if changed else t("source.not_updated", lang)
        parts.append(f"{cells.publisher(reader, source_id)} ({when})")
    cited = "; ".join(parts) or t("cell.unknown_source", lang)
    return t("source.line", lang, sources=cited, release=reader.release_id)


def short_source(reader: ReleaseReader, code: str, lang: str, is_sample: bool) -> str:
    """What travels inside the figure when it is copied out: sample mark, publisher, licence, release."""
    parts: list[str] = []
    for source_id in cells.cited_sources(reader, code):
        source = reader.source(source_id) or {}
        licence = cells.text(source["licence_name"]) or t("source.no_licence", lang)
        parts.append(f"{cells.text(source['publisher']) or source_id} ({licence})")
    cited = typeset("; ".join(dict.fromkeys(parts)), lang)
    line = t("source.line", lang, sources=cited or t("cell.unknown_source", lang), release=reader.release_id)
    return f"{t('sample.mark', lang)} · {line}" if is_sample else line


def value_table(rows: Sequence[Row], lang: str, columns: Sequence[tuple[str, Sequence[str]]]) -> pd.DataFrame:
    """The figure as a table in words: given label columns first, then value, interval, k, n, effective n,
    flags.
    """
    data: dict[str, list[str]] = {name: list(texts) for name, texts in columns}
    data[t("table.value", lang)] = [cells.value_text(row, lang) for row in rows]
    if any(cells.interval_text(row, lang) for row in rows):
        data[t("table.interval", lang)] = [cells.interval_text(row, lang) or "–" for row in rows]
    for name, column in (("table.k", "k"), ("table.n", "n"), ("table.n_effective", "n_effective")):
        if any(formats.is_present(row[column]) for row in rows):
            data[t(name, lang)] = [
                formats.integer(row[column], lang) if formats.is_present(row[column]) else "–" for row in rows
            ]
    data[t("table.flags", lang)] = [
        "; ".join([*cells.flag_texts(row["flags"], lang), *([cells.reason(row, lang)] if hidden(row) else [])]) or "–"
        for row in rows
    ]
    return pd.DataFrame(data)


def assemble(
    reader: ReleaseReader,
    lang: str,
    now: datetime,
    *,
    key: str,
    code: str,
    question: str,
    frame: pd.DataFrame,
    labels: Sequence[tuple[str, Sequence[str]]],
    chart: go.Figure | None,
    summary: str,
    notes: Sequence[str] = (),
    quoted: Sequence[Row] = (),
    periods: str = "",
) -> Figure:
    """Put the common parts around a chart: basis, interval note, source, table, CSV, quotations, method."""
    about = reader.indicator(code, lang)
    rows = rows_of(frame)
    sources = [
        source for source in (reader.source(name) for name in cells.cited_sources(reader, code)) if source is not None
    ]
    units = sorted({cells.text(row["unit"]) for row in rows if cells.text(row["unit"])})
    population = either(
        [f"population.{code}", "population.from_release"], lang, population=about.population if about else "–"
    )
    basis = t(
        "figure.basis",
        lang,
        unit=", ".join(either([f"unit.{unit}", "unit.other"], lang, code=unit) for unit in units) or "–",
        period=periods or "–",
        population=population,
    )
    letters = dict.fromkeys(text for row in rows for text in cells.flag_texts(row["flags"], lang))
    every_note = [*notes, *([t("figure.flags", lang, flags="; ".join(letters))] if letters else [])]
    if any(hidden(row) for row in rows):
        every_note.append(either([f"figure.hidden_{code}", "figure.hidden"], lang))
    if about and about.caveat:
        every_note.append(typeset(about.caveat, lang))
    line = source_line(reader, code, lang)
    if chart is not None:
        chart.update_layout(separators=formats.SEPARATORS[lang])
    described = {
        "title": question,
        "indicator": f"{code} {about.name if about else ''}".strip(),
        "definition": about.formula if about else "",
        "numerator": about.numerator if about else "",
        "denominator": about.denominator if about else "",
        "population": about.population if about else "",
        "unit": ", ".join(f"{unit} ({either([f'unit.{unit}', 'unit.other'], lang, code=unit)})" for unit in units),
        "source": line,
        "licence": "; ".join(f"{source['licence_name']} {source['licence_url'] or ''}".strip() for source in sources),
        "retrieved": "; ".join(
            f"{source['source_id']} {_iso(source['last_checked_at'])} {source['url_main']}" for source in sources
        ),
        "release": f"{reader.release_id}, published {_iso(reader.info.published_at)}",
        "sample": t("sample.banner", "en") if any(row["is_sample"] for row in rows) else "no",
    }
    extra = {f"label_{index}": list(texts) for index, (_, texts) in enumerate(labels)}
    names = {f"label_{index}": name for index, (name, _) in enumerate(labels)}
    for_file = frame.assign(
        **{column: pd.Series(texts, index=frame.index, dtype=object) for column, texts in extra.items()}
    ).rename(columns=names)
    breadth = ("employers", "effective_employers", "sectors")
    return Figure(
        key=key,
        code=code,
        question=question,
        basis=basis,
        interval_note=interval_note(rows, lang),
        chart=chart,
        empty=t("figure.empty" if not rows else "figure.all_suppressed", lang) if chart is None else "",
        summary=summary,
        notes=tuple(every_note),
        source_line=line,
        licence=tuple((cells.text(source["licence_name"]), cells.text(source["licence_url"])) for source in sources),
        freshness=tuple(freshness(source, now) for source in sources),
        source_ids=tuple(str(source["source_id"]) for source in sources),
        table=value_table(rows, lang, labels),
        csv=to_csv(for_file, described, extra=(*names.values(), *breadth)),
        csv_name=f"{key}_{reader.release_id}.csv",
        quotes=tuple(cells.sentence(reader, row, lang) for row in quoted),
        method=method_facts(reader, code, lang),
        is_sample=any(bool(row["is_sample"]) for row in rows),
    )


def interval_note(rows: Sequence[Row], lang: str) -> str:
    """How the intervals came about, or why a figure has none: one sentence for each estimator that made its cells."""
    said = []
    for estimator in dict.fromkeys(cells.text(row["estimator"]) for row in rows if not hidden(row)):
        own = [row for row in rows if row["estimator"] == estimator]
        if estimator == OFFICIAL:
            said.append(t("figure.official_note", lang))
        elif any(cells.interval_text(row, lang) for row in own):
            said.append(either([f"interval.{estimator}", "figure.interval_note"], lang))
        elif has(f"interval.{estimator}"):
            said.append(t(f"interval.{estimator}", lang))
    return " ".join(dict.fromkeys(said))


def series_figure(
    reader: ReleaseReader,
    lang: str,
    now: datetime,
    *,
    key: str,
    code: str,
    cells_by_name: Sequence[tuple[str, Mapping[str, str]]],
    unit: str,
    as_bars: bool = False,
    notes: Sequence[str] = (),
    name_column: str = "table.series",
) -> Figure:
    """One or more series of an indicator for Luxembourg over its periods: lines with bands, or bars one below another.

    ``cells_by_name`` gives each series' name and exact dimensions, ``unit`` what the axis shows (``%``, ``EUR`` or
    nothing). The question is the text ``<key with a dot>.question``.
    """
    parts = [(name, reader.values(code, geo="LU", dimensions=wanted)) for name, wanted in cells_by_name]
    frame = pd.concat([part for _, part in parts], ignore_index=True) if parts else pd.DataFrame()
    names = [name for name, part in parts for _ in range(len(part))]
    rows = rows_of(frame)
    periods = sorted({row["period"] for row in rows})
    years = all(period.isdigit() for period in periods)
    order = [] if years else [formats.short_month(period, lang) for period in periods]
    series, summaries = [], []
    known = breaks(reader, code, lang)
    flagged = sorted(
        {row["period"] for row in rows if "b" in cells.text(row["flags"])} - {period for period, _ in known}
    )
    known += [(period, t("flag.break_marker", lang)) for period in flagged]
    for index, (name, part) in enumerate(parts):
        own = rows_of(part)
        marks = [mark(row, lang, formats.short_month(row["period"], lang), colour=index) for row in own]
        if marks and as_bars and years:
            marks = _without_gaps(marks, t("cell.not_in_release", lang))
        if marks:
            series.append(charts.Series(name, marks, index))
            starts = {period for period, _ in breaks(reader, code, lang)}
            starts |= {row["period"] for row in own if "b" in cells.text(row["flags"])}
            said = settled_summary(own, lang, sorted(starts))
            summaries.append(typeset(f"{name[:1].upper()}{name[1:]}: {said}", lang) if len(parts) > 1 else said)
    summary = " ".join(summaries) or trend_summary([], lang)
    marked = [(formats.short_month(period, lang), what) for period, what in known]
    is_sample = not frame.empty and bool(frame["is_sample"].any())
    surround = charts.Frame(unit, short_source(reader, code, lang, is_sample), summary, marked, order)
    labels: list[tuple[str, Sequence[str]]] = [(t(name_column, lang), names)] if len(parts) > 1 else []
    labels.append((t("table.period", lang), [formats.period(row["period"], lang) for row in rows]))
    shown = [[row for row in rows_of(part) if not hidden(row)][-1:] for _, part in parts]
    said_periods = [formats.period(period, lang) for period in (periods[:1] + periods[-1:])]
    return assemble(
        reader,
        lang,
        now,
        key=key.replace(".", "_"),
        code=code,
        question=t(f"{key}.question", lang),
        frame=frame,
        labels=labels,
        chart=(charts.bars if as_bars else charts.lines)(series, surround) if series else None,
        summary=summary,
        notes=[*notes, *break_notes(reader, code, lang)],
        quoted=[row for own in shown for row in own],
        periods=" – ".join(dict.fromkeys(said_periods)),
    )


def _without_gaps(marks: Sequence[Mark], note: str) -> list[Mark]:
    """Bars of years in a row: a year without a cell keeps its place and says so, or nobody would miss it."""
    by_year = {mark.x: mark for mark in marks}
    first, last = int(min(by_year)), int(max(by_year))
    return [by_year.get(str(year), Mark(str(year), None, note=note)) for year in range(first, last + 1)]


def _iso(moment: object) -> str:
    stamp = as_utc(moment)
    return stamp.isoformat(timespec="seconds") if stamp else "never"


def method_facts(reader: ReleaseReader, code: str, lang: str) -> tuple[tuple[str, str], ...]:
    """What the metadata of an indicator says, as (name, text), without what is empty."""
    about = reader.indicator(code, lang)
    if about is None:
        return ()
    fields = (
        ("method.name", f"{about.code} · {about.name}"),
        ("method.formula", about.formula),
        ("method.numerator", about.numerator),
        ("method.denominator", about.denominator),
        ("method.population", about.population),
        ("method.estimator", about.estimator),
        ("method.minimum_n", "" if about.minimum_n is None else formats.integer(about.minimum_n, lang)),
        (
            "method.class",
            either([f"class.{about.comparability_class}", "class.other"], lang, code=about.comparability_class),
        ),
        ("method.breaks", " · ".join(break_notes(reader, code, lang))),
        ("method.revisions", about.revision_policy),
        ("method.recommendations", ", ".join(str(number) for number in about.recommendations)),
    )
    return tuple((t(name, lang), text.replace("'", "’")) for name, text in fields if text)
