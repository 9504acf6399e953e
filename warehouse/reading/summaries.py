"""Text alternatives of charts: trend, extremes, latest with interval, what is uncertain and what is not shown.

Belongs here: describing cells in words and in an order that claims no more than they bear. Never here: geometry.
"""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.reading import cells, formats
from warehouse.reading.compare import is_provisional
from warehouse.reading.reader import Row
from warehouse.reading.texts import t, typeset


def hidden(row: Row) -> bool:
    """True for a cell without a value to draw."""
    return cells.state(row) in ("suppressed", "missing")


def trend_summary(rows: Sequence[Row], lang: str, breaks: Sequence[str] = ()) -> str:
    """Text alternative of a series: direction and whether it is more than noise, extremes, latest with interval.

    ``breaks`` are the periods with which the series starts anew: what lies before the last one is told, never compared.
    """
    shown = [row for row in sorted(rows, key=lambda row: row["period"]) if not hidden(row)]
    if not shown:
        return t("summary.nothing", lang)
    latest = shown[-1]
    parts = [
        t(
            "summary.latest",
            lang,
            period=formats.period(latest["period"], lang),
            value=cells.with_interval(latest, lang),
        )
    ]
    before: list[Row] = []
    crossed = [period for period in breaks if shown[0]["period"] < period <= latest["period"]]
    if crossed:
        before = [row for row in shown if row["period"] < max(crossed)]
        shown = [row for row in shown if row["period"] >= max(crossed)]
    if len(shown) > 1:
        first = shown[0]
        apart = _apart(first, latest)
        direction = (
            "none"
            if apart is False
            else "up"
            if latest["value"] > first["value"]
            else "down"
            if latest["value"] < first["value"]
            else "none"
        )
        parts.append(
            t(
                f"summary.trend_{direction}",
                lang,
                first=formats.period(first["period"], lang),
                value=cells.with_interval(first, lang),
                last=formats.period(latest["period"], lang),
            )
        )
    firm = [row for row in shown if cells.state(row) == "published"]
    if len(firm) > 2:
        highest, lowest = max(firm, key=lambda row: row["value"]), min(firm, key=lambda row: row["value"])
        parts.append(
            t(
                "summary.extremes" if len(firm) == len(shown) else "summary.extremes_firm",
                lang,
                high=cells.value_text(highest, lang),
                high_period=formats.period(highest["period"], lang),
                low=cells.value_text(lowest, lang),
                low_period=formats.period(lowest["period"], lang),
            )
        )
    if crossed:
        parts.append(t("summary.break", lang, period=", ".join(formats.period(period, lang) for period in crossed)))
        earlier = "; ".join(
            f"{formats.period(row['period'], lang)}: {cells.with_interval(row, lang)}" for row in before
        )
        parts.append(t("summary.before_break", lang, list=typeset(earlier, lang)))
    unseen = len(rows) - len(shown) - len(before)
    if unseen:
        parts.append(t("summary.hidden", lang, n=formats.integer(unseen, lang)))
    return " ".join(parts)


def settled_summary(rows: Sequence[Row], lang: str, breaks: Sequence[str] = ()) -> str:
    """As :func:`trend_summary`, with provisional values (flag "p") told apart: an unfinished year is no fall."""
    settled = [row for row in rows if not is_provisional(row)]
    open_ = [row for row in rows if is_provisional(row) and not hidden(row)]
    if not open_ or not any(not hidden(row) for row in settled):
        return trend_summary(rows, lang, breaks)
    said = "; ".join(f"{formats.period(row['period'], lang)}: {cells.with_interval(row, lang)}" for row in open_)
    return f"{trend_summary(settled, lang, breaks)} {t('summary.provisional', lang, list=typeset(said, lang))}"


def _apart(first: Row, last: Row) -> bool | None:
    """False when the two intervals overlap (no direction is claimed); None when there are no intervals to judge by."""
    ends = (first["low"], first["high"], last["low"], last["high"])
    if not all(formats.is_present(end) for end in ends):
        return None
    return bool(first["high"] < last["low"] or last["high"] < first["low"])


def ranked(rows: Sequence[Row], names: Sequence[str]) -> list[int]:
    """Order of bars: published values by size, then values on few cases by name (they take part in no ranking), then
    the rest.

    Gives positions in ``rows``.
    """
    place = {"published": 0, "uncertain": 1, "suppressed": 2, "missing": 3}

    def order(index: int) -> tuple[int, float, str]:
        state = cells.state(rows[index])
        return (place[state], -float(rows[index]["value"]) if state == "published" else 0.0, names[index])

    return sorted(range(len(rows)), key=order)


def hidden_list(rows: Sequence[Row], names: Sequence[str], lang: str) -> list[str]:
    """The cells that are not shown, grouped by the reason, as one note (none when all are shown)."""
    by_reason: dict[str, list[str]] = {}
    for row, name in zip(rows, names, strict=True):
        if hidden(row):
            by_reason.setdefault(cells.reason(row, lang), []).append(name)
    if not by_reason:
        return []
    said = "; ".join(f"{reason} ({', '.join(listed)})" for reason, listed in by_reason.items())
    return [t("figure.hidden_list", lang, list=typeset(said, lang))]


def ranking_summary(rows: Sequence[Row], names: Sequence[str], lang: str, *, listed_by_name: bool = True) -> str:
    """Text alternative of bars: the largest, the smallest, and how many are not shown.

    Extremes are named only among values on enough cases. ``listed_by_name`` is false where another series orders the
    bars.
    """
    pairs = [(row, name) for row, name in zip(rows, names, strict=True) if not hidden(row)]
    if not pairs:
        return t("summary.nothing", lang)
    firm = [pair for pair in pairs if cells.state(pair[0]) == "published"]
    some = "_firm" if len(firm) < len(pairs) else ""
    parts = []
    if firm:
        top = max(firm, key=lambda pair: pair[0]["value"])
        parts.append(t(f"summary.highest{some}", lang, name=top[1], value=cells.with_interval(top[0], lang)))
    else:
        parts.append(t("summary.no_ranking" if listed_by_name else "summary.series_no_ranking", lang))
    if len(firm) > 1:
        low = min(firm, key=lambda pair: pair[0]["value"])
        parts.append(t(f"summary.lowest{some}", lang, name=low[1], value=cells.with_interval(low[0], lang)))
    uncertain = len(pairs) - len(firm)
    if uncertain:
        parts.append(t("summary.uncertain", lang, n=formats.integer(uncertain, lang)))
    unseen = len(rows) - len(pairs)
    if unseen:
        parts.append(t("summary.hidden", lang, n=formats.integer(unseen, lang)))
    return " ".join(parts)
