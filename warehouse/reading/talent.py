"""The figures of AI talent demand: T1 (share of new postings), T5 (skills, their breadth), T12 (languages asked for).

Belongs here: choosing the cells of these indicators. Never here: geometry (charts.py) and layout (the faces).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from warehouse.reading import cells, charts, formats
from warehouse.reading.compare import latest_period, rows_of
from warehouse.reading.figure import Figure, assemble, breaks, mark, short_source
from warehouse.reading.reader import ReleaseReader, Row, matching
from warehouse.reading.summaries import hidden, hidden_list, ranked, ranking_summary, trend_summary
from warehouse.reading.texts import t, typeset

HOME = "LU"
CLASSES = ("practitioner", "user", "governance", "mention")
MOST_HIDDEN_BARS = 3  # more suppressed cells than this are listed in a note instead of taking a row of the chart each


def quarters(reader: ReleaseReader) -> list[str]:
    """Periods of the headline series, newest first."""
    return sorted(set(reader.values("T1", geo=HOME, dimensions={})["period"]), reverse=True)


def share(reader: ReleaseReader, lang: str, now: datetime) -> Figure:
    """AI share of new postings by quarter, with the interval."""
    frame = reader.values("T1", geo=HOME, dimensions={})
    rows, marked = rows_of(frame), breaks(reader, "T1", lang)
    summary = trend_summary(rows, lang, [period for period, _ in marked])
    marks = [mark(row, lang, formats.period(row["period"], lang)) for row in rows]
    marked = [(formats.period(period, lang), what) for period, what in marked]
    surround = charts.Frame("%", _source(reader, "T1", frame, lang), summary, marked)
    chart = charts.lines([charts.Series(t("code.ai_class.practitioner", lang), marks, 0)], surround) if marks else None
    return assemble(
        reader,
        lang,
        now,
        key="talent_share",
        code="T1",
        question=t("talent.share.question", lang),
        frame=frame,
        labels=[(t("table.period", lang), [formats.period(row["period"], lang) for row in rows])],
        chart=chart,
        summary=summary,
        notes=[t("talent.share.note", lang)],
        quoted=_latest(rows),
        periods=_span(frame, lang),
    )


def classes(reader: ReleaseReader, lang: str, now: datetime) -> tuple[Figure, ...]:
    """The other classes, each a chart of its own: user, governance, and mentions that are counted but never added."""
    return tuple(one_class(reader, lang, now, name) for name in CLASSES[1:])


def one_class(reader: ReleaseReader, lang: str, now: datetime, name: str) -> Figure:
    frame = reader.values("T1", geo=HOME, dimensions={"ai_class": name})
    rows = rows_of(frame)
    summary = trend_summary(rows, lang)
    marks = [mark(row, lang, formats.period(row["period"], lang)) for row in rows]
    label = t(f"code.ai_class.{name}", lang)
    surround = charts.Frame("%", _source(reader, "T1", frame, lang), summary)
    colour = CLASSES.index(name)
    return assemble(
        reader,
        lang,
        now,
        key=f"talent_class_{name}",
        code="T1",
        question=t(f"talent.class.{name}", lang),
        frame=frame,
        labels=[(t("table.period", lang), [formats.period(row["period"], lang) for row in rows])],
        chart=charts.lines([charts.Series(label, marks, colour)], surround) if marks else None,
        summary=summary,
        quoted=_latest(rows),
        periods=_span(frame, lang),
    )


def sectors(reader: ReleaseReader, lang: str, now: datetime, period: str | None, window: str = cells.POOLED) -> Figure:
    """AI share by sector in one quarter, or over the four quarters that end with it (pool before you hide): published,
    reserved ("u", greyed, after the others), suppressed with the reason.
    """
    frame = reader.values("T1", geo=HOME, period=period or "")
    wanted = {"nace_section", "window"} if window == cells.POOLED else {"nace_section"}
    frame = matching(frame, [set(cell) == wanted for cell in frame["dimensions"]])
    found = rows_of(frame)
    titles = [cells.label(reader, "nace_section", row["dimensions"]["nace_section"], lang) for row in found]
    order = ranked(found, titles)
    frame = frame.iloc[order].reset_index(drop=True)
    rows, names = [found[place] for place in order], [titles[place] for place in order]
    summary = ranking_summary(rows, names, lang)
    drawn = [(row, name) for row, name in zip(rows, names, strict=True) if not hidden(row)]
    few_hidden = len(rows) - len(drawn) <= MOST_HIDDEN_BARS
    drawn = list(zip(rows, names, strict=True)) if few_hidden else drawn
    marks = [mark(row, lang, name) for row, name in drawn]
    said = formats.period(period or "–", lang)
    said = t("cell.pooled", lang, period=said) if window == cells.POOLED else said
    question = t("talent.sectors.question", lang, period=said)
    surround = charts.Frame("%", _source(reader, "T1", frame, lang), summary)
    chart = charts.bars([charts.Series(question, marks, 0)], surround) if marks else None
    return assemble(
        reader,
        lang,
        now,
        key="talent_sectors",
        code="T1",
        question=question,
        frame=frame,
        labels=[(t("table.sector", lang), names)],
        chart=chart,
        summary=summary,
        notes=[t("talent.ladder", lang), *hidden_list(rows, names, lang)],
        quoted=[row for row in rows if cells.state(row) == "published"][:3],
        periods=said,
    )


def top_skills(reader: ReleaseReader, geo: str = HOME, period: str | None = None, limit: int = 15) -> pd.DataFrame:
    """Skills of AI postings by share, with breadth beside each.

    Columns: the cell of T5 plus ``employers``, ``effective_employers``, ``sectors`` (float or NaN). Period None:
    the latest one that has a published share.
    """
    cells = reader.values("T5", geo=geo)
    if cells.empty or "dim_skill" not in cells:
        return cells.assign(employers=[], effective_employers=[], sectors=[]) if cells.empty else cells.iloc[0:0]
    if "dim_measure" not in cells:
        cells["dim_measure"] = None
    shares = cells[cells["dim_measure"].isna() & cells["dim_skill"].notna()]
    if period is None:
        shown = shares[shares["value"].notna()]
        period = str((shown if not shown.empty else shares)["period"].max())
    shares = shares[shares["period"] == period]
    for measure in ("employers", "effective_employers", "sectors"):
        rows = cells[(cells["dim_measure"] == measure) & (cells["period"] == period)]
        shares = shares.assign(
            **{measure: shares["dim_skill"].map(dict(zip(rows["dim_skill"], rows["value"], strict=True)))}
        )
    ordered = shares.sort_values(["value", "dim_skill"], ascending=[False, True], na_position="last", kind="stable")
    return ordered.head(limit).reset_index(drop=True)


def skills(reader: ReleaseReader, lang: str, now: datetime, limit: int = 15) -> Figure:
    """The skills that AI postings ask for most, with the number of employers behind each."""
    frame = top_skills(reader, limit=limit)
    found = rows_of(frame)
    titles = [cells.label(reader, "skill", row["dimensions"]["skill"], lang) for row in found]
    order = ranked(found, titles)
    frame = frame.iloc[order].reset_index(drop=True)
    rows, names = [found[place] for place in order], [titles[place] for place in order]
    if "effective_employers" in frame:  # a sum of logarithms: further digits say nothing
        frame = frame.assign(effective_employers=frame["effective_employers"].astype(float).round(1))
    breadth = [_breadth(row, lang) for row in rows]
    summary = ranking_summary(rows, names, lang)
    marks = [
        mark(row, lang, f"{name} ·{formats.NBSP}{said.replace(' ', formats.NBSP)}" if said else name)
        for row, name, said in zip(rows, names, breadth, strict=True)
    ]
    mixed = {"published", "uncertain"} <= {cells.state(row) for row in rows}
    period = cells.period_text(rows[0], lang) if rows else ""
    question = t("talent.skills.question", lang, period=period or "–")
    surround = charts.Frame("%", _source(reader, "T5", frame, lang), summary)
    chart = charts.bars([charts.Series(question, marks, 0)], surround) if marks else None

    def column(name: str) -> list[str]:
        digits = 1 if name == "effective_employers" else 0
        return [formats.decimal(row[name], lang, digits) if formats.is_present(row.get(name)) else "–" for row in rows]

    labels: list[tuple[str, Sequence[str]]] = [(t("table.skill", lang), names)]
    labels += [
        (t(f"code.measure.{name}", lang), column(name)) for name in ("employers", "effective_employers", "sectors")
    ]
    return assemble(
        reader,
        lang,
        now,
        key="talent_skills",
        code="T5",
        question=question,
        frame=frame,
        labels=labels,
        chart=chart,
        summary=summary,
        notes=[t("talent.skills.note", lang), *([t("figure.unranked", lang)] if mixed else [])],
        quoted=rows[:3],
        periods=period,
    )


def _breadth(row: Row, lang: str) -> str:
    employers = row.get("employers")
    return (
        t("talent.employers", lang, n=formats.integer(employers, lang))
        if employers is not None and formats.is_present(employers)
        else ""
    )


def languages(reader: ReleaseReader, lang: str, now: datetime, period: str | None = None) -> Figure:
    """Languages asked for in AI postings, beside all postings."""
    frame = reader.values("T12", geo=HOME)
    if not frame.empty:
        known = [set(cell) <= {"language", "base"} and "language" in cell for cell in frame["dimensions"]]
        frame = matching(frame, known)
        period = period if period in set(frame["period"]) else latest_period(frame)
        frame = frame[frame["period"].eq(period or "")].reset_index(drop=True)
    rows = rows_of(frame)
    bases = {
        "ai": [row for row in rows if "base" not in row["dimensions"]],
        "all": [row for row in rows if row["dimensions"].get("base") == "all"],
    }
    codes = _by_firm_value([*bases["all"], *bases["ai"]], "language")
    series = []
    for index, (base, own) in enumerate(bases.items()):
        by_code = {row["dimensions"]["language"]: row for row in own}
        marks = []
        for code in codes if own else []:
            name, row = cells.label(reader, "language", code, lang), by_code.get(code)
            absent = charts.Mark(name, None, note=t("cell.not_in_release", lang))
            marks.append(absent if row is None else mark(row, lang, name, colour=index))
        if marks:
            series.append(charts.Series(t(f"talent.base.{base}", lang), marks, index))
    names = [cells.label(reader, "language", row["dimensions"]["language"], lang) for row in rows]
    base_names = [t(f"talent.base.{row['dimensions'].get('base', 'ai')}", lang) for row in rows]
    said_of = []
    for base, own in bases.items():
        own_names = [cells.label(reader, "language", row["dimensions"]["language"], lang) for row in own]
        base_said = ranking_summary(own, own_names, lang, listed_by_name=False)
        if own:
            said_of.append(typeset(f"{capitalised(t(f'talent.base.{base}', lang))}: {base_said}", lang))
    summary = " ".join(said_of) if said_of else ranking_summary([], [], lang)
    said = cells.period_text(rows[0], lang) if rows else ""
    question = t("talent.languages.question", lang, period=said or "–")
    surround = charts.Frame("%", _source(reader, "T12", frame, lang), summary)
    return assemble(
        reader,
        lang,
        now,
        key="talent_languages",
        code="T12",
        question=question,
        frame=frame,
        labels=[(t("table.language", lang), names), (t("table.base", lang), base_names)],
        chart=charts.bars(series, surround) if series else None,
        summary=summary,
        notes=[t("talent.languages.note", lang)],
        quoted=bases["ai"][:4],
        periods=said,
    )


def capitalised(text: str) -> str:
    """The first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def _by_firm_value(rows: Sequence[Row], dimension: str) -> list[str]:
    """Codes of a dimension, ordered by the first series that gives a code a value on enough cases; the others by
    code.
    """
    firm: dict[str, float] = {}
    for row in rows:
        if cells.state(row) == "published":
            firm.setdefault(row["dimensions"][dimension], float(row["value"]))
    known = {row["dimensions"][dimension] for row in rows}
    return sorted(known, key=lambda code: (-firm.get(code, -1.0), code))


def _latest(rows: list[Row]) -> list[Row]:
    shown = [row for row in rows if cells.state(row) in ("published", "uncertain")]
    return shown[-1:]


def _span(frame: pd.DataFrame, lang: str) -> str:
    if frame.empty:
        return ""
    first, last = formats.period(str(frame["period"].min()), lang), formats.period(str(frame["period"].max()), lang)
    return first if first == last else f"{first} – {last}"


def _source(reader: ReleaseReader, code: str, frame: pd.DataFrame, lang: str) -> str:
    return short_source(reader, code, lang, not frame.empty and bool(frame["is_sample"].any()))
