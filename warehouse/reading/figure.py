"""A figure as every surface shows it: question, unit and population, chart, summary, notes, table, CSV, source,
quotation.

Belongs here: assembling these parts from cells of one indicator, the same way for all. Never here: which cells
(adoption.py, talent.py) or how a surface lays the parts out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import plotly.graph_objects as go

from warehouse.reading import cells, formats
from warehouse.reading.charts import Mark
from warehouse.reading.compare import OFFICIAL, rows_of
from warehouse.reading.csv import to_csv
from warehouse.reading.freshness import Freshness, freshness
from warehouse.reading.reader import ReleaseReader, Row, as_utc
from warehouse.reading.summaries import hidden
from warehouse.reading.texts import either, t, typeset


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
    freshness: tuple[Freshness, ...]
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
        every_note.append(t("figure.hidden", lang))
    if about and about.caveat:
        every_note.append(typeset(about.caveat, lang))
    official = bool(rows) and all(row["estimator"] == OFFICIAL for row in rows)
    with_intervals = any(cells.interval_text(row, lang) for row in rows)
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
        interval_note=t("figure.official_note" if official else "figure.interval_note", lang)
        if official or with_intervals
        else "",
        chart=chart,
        empty=t("figure.empty" if not rows else "figure.all_suppressed", lang) if chart is None else "",
        summary=summary,
        notes=tuple(every_note),
        source_line=line,
        licence=tuple((cells.text(source["licence_name"]), cells.text(source["licence_url"])) for source in sources),
        freshness=tuple(freshness(source, now) for source in sources),
        table=value_table(rows, lang, labels),
        csv=to_csv(for_file, described, extra=(*names.values(), *breadth)),
        csv_name=f"{key}_{reader.release_id}.csv",
        quotes=tuple(cells.sentence(reader, row, lang) for row in quoted),
        method=_method(reader, code, lang),
        is_sample=any(bool(row["is_sample"]) for row in rows),
    )


def _iso(moment: object) -> str:
    stamp = as_utc(moment)
    return stamp.isoformat(timespec="seconds") if stamp else "never"


def _method(reader: ReleaseReader, code: str, lang: str) -> tuple[tuple[str, str], ...]:
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
        ("method.class", about.comparability_class),
        ("method.breaks", " · ".join(break_notes(reader, code, lang))),
        ("method.revisions", about.revision_policy),
        ("method.recommendations", ", ".join(str(number) for number in about.recommendations)),
    )
    return tuple((t(name, lang), text.replace("'", "’")) for name, text in fields if text)
