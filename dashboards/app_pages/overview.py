"""Overview: the headline values, what changed since the release before and what did not, and where it all comes
from.
"""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from dashboards.data import View, current_view
from dashboards.show import heading, note, plain, release_line
from warehouse.reading import adoption, cells, formats, investment, research, techwatch
from warehouse.reading.compare import OFFICIAL, Comparison, Movement, is_provisional, latest_period, newest
from warehouse.reading.methods import FAMILIES
from warehouse.reading.reader import ReleaseReader, Row
from warehouse.reading.texts import t, tn, typeset

LISTED = 12
CARDS = 3  # in a row: a sum of money must fit


def page(view: View) -> None:
    lang = view.lang
    heading(t("app.title", lang), t("overview.lead", lang))
    headlines(view)
    families(view)
    st.header(t("overview.changes", lang), anchor="changes")
    comparison = view.compared()
    if comparison is None or view.previous is None:
        st.info(t("overview.first", lang), icon=":material/flag:")
    else:
        note(plain(t("overview.compared", lang, release=view.previous.release_id)))
        changes(view, comparison)
    noise(view)
    revisions(view)
    sources(view)
    about(view)


def headlines(view: View) -> None:
    """One card a headline: area and period, value, of whom, interval, size, flags."""
    lang, reader = view.lang, view.reader
    found = [(headline_label(reader, row, lang), row) for row in headline_cells(reader)]
    if not found:
        st.info(t("overview.no_headline", lang) if len(reader.values()) else t("app.empty_release", lang))
        return
    with st.container(key="overview_headlines"):
        for start in range(0, len(found), CARDS):
            for column, (label, row) in zip(st.columns(CARDS), found[start : start + CARDS], strict=False):
                with column:
                    card(reader, label, row, lang)
    with st.expander(t("figure.quote", lang), icon=":material/format_quote:"):
        for _, row in found:
            st.code(cells.sentence(reader, row, lang), language=None, wrap_lines=True)


def card(reader: ReleaseReader, label: str, row: Row, lang: str) -> None:
    """One headline: what, where and when; the value; of what, interval, size, flags, breaks."""
    with st.container(border=True, height="stretch"):
        st.markdown(plain(label))  # a metric cuts its own label off where a card is narrow
        st.metric(label, cells.value_text(row, lang), label_visibility="collapsed")
        details = (
            t(f"overview.unit_{row['indicator_code']}", lang),
            interval_or_why(row, lang),
            cells.sign_of_size(row, lang),
            *cells.flag_texts(row["flags"], lang),
            cells.break_text(reader, row, lang),
            newer(reader, row, lang),
        )
        note(plain(f"{formats.NBSP}· ".join(part for part in details if part)))


def headline_cells(reader: ReleaseReader) -> list[Row]:
    """The cells that open the page, one or two a family: AI use here and, for the same year, in the EU; AI share of new
    postings; EU grants of the newest settled year; AI share of publications; AI announcements of the newest month.
    """
    others = (
        newest(reader, "T1"),
        newest(reader, investment.CODE),
        newest(reader, research.CODE, dimensions={"definition": research.DEFINITIONS[0]}),
        newest(reader, techwatch.CODE),
    )
    return [*adoption.headlines(reader), *(row for row in others if row is not None)]


def headline_label(reader: ReleaseReader, row: Row, lang: str) -> str:
    """What a card shows, where and when."""
    key = {adoption.CODE: "overview.ai_use", "T1": "overview.ai_postings"}.get(row["indicator_code"])
    return t(
        key or f"overview.card_{row['indicator_code']}",
        lang,
        geo=cells.label(reader, "geo", row["geo"], lang),
        period=formats.period(row["period"], lang),
    )


def interval_or_why(row: Row, lang: str) -> str:
    """The interval of a card's value, or why it has none."""
    if row["estimator"] == OFFICIAL:
        return t("cell.official", lang)
    return cells.interval_text(row, lang) or t("overview.no_interval", lang)


def newer(reader: ReleaseReader, row: Row, lang: str) -> str:
    """The newer value of an area whose card shows an older year, with the break that lies between; else empty."""
    latest = newest(reader, row["indicator_code"], geo=row["geo"], dimensions=row["dimensions"], settled=False)
    if latest is None or latest["period"] <= row["period"] or is_provisional(latest):
        return ""  # an unfinished period is no news on a card: the pages show it with its mark
    said = {"value": cells.value_text(latest, lang), "period": formats.period(latest["period"], lang)}
    broken = cells.break_text(reader, latest, lang, earlier=row["period"])
    return t("overview.newer", lang, note=broken, **said) if broken else t("overview.newer_plain", lang, **said)


def families(view: View) -> None:
    """What changed and what did not, family by family."""
    lang, reader = view.lang, view.reader
    known = dict(zip(reader.indicators()["code"], reader.indicators()["family"], strict=True))
    values = reader.values()
    if values.empty:
        return
    st.header(t("overview.families", lang), anchor="families")
    note(plain(t("overview.families_lead", lang)))
    comparison, tested = view.compared(), view.movements()
    lines = []
    for family in FAMILIES:
        codes = {code for code, own in known.items() if own == family}
        own = values[values["indicator_code"].isin(codes)]
        if own.empty:
            continue
        line = {
            t("table.family", lang): t(f"app.{family}", lang),
            t("table.newest", lang): formats.period(latest_period(own) or "–", lang),
        }
        if comparison is not None:
            counts = {
                "new": sum(row["indicator_code"] in codes for row in comparison.new),
                "revised": sum(after["indicator_code"] in codes for _, after in comparison.revised),
                "removed": sum(row["indicator_code"] in codes for row in comparison.removed),
            }
            counts["unchanged"] = len(own) - counts["new"] - counts["revised"]
            line |= {t(f"table.{name}", lang): formats.integer(n, lang) for name, n in counts.items()}
        moved = [movement for movement in tested if movement.now["indicator_code"] in codes]
        said = {"moved": sum(movement.is_beyond_noise for movement in moved), "tested": len(moved)}
        line[t("table.moved", lang)] = (
            t("overview.moved_of", lang, **{name: formats.integer(n, lang) for name, n in said.items()})
            if moved
            else t("overview.not_tested", lang)
        )
        lines.append(line)
    with st.container(key="overview_families"):
        st.table(pd.DataFrame(lines), hide_index=True, border="horizontal")


def changes(view: View, comparison: Comparison) -> None:
    """Counts first, then the cells: new, revised (before and now), withdrawn."""
    lang, reader = view.lang, view.reader
    counts = {
        "new": len(comparison.new),
        "revised": len(comparison.revised),
        "removed": len(comparison.removed),
        "unchanged": comparison.unchanged,
    }
    st.markdown(
        plain(t("overview.counts", lang, **{name: formats.integer(count, lang) for name, count in counts.items()}))
    )
    if not comparison.changed:
        st.info(t("overview.none", lang))
        return
    listing(view, "revised", [_line(reader, after, lang, before) for before, after in comparison.revised])
    listing(view, "new", [_line(reader, row, lang) for row in comparison.new])
    listing(view, "removed", [_line(reader, row, lang) for row in comparison.removed])


def _line(reader: ReleaseReader, row: Row, lang: str, before: Row | None = None) -> dict[str, str]:
    return {
        t("table.indicator", lang): row["indicator_code"],
        t("table.now", lang): cells.with_interval(row, lang),
        t("table.what", lang): cells.phrase(reader, row, lang),
        **({t("table.before", lang): cells.with_interval(before, lang)} if before is not None else {}),
        t("table.flags", lang): "; ".join(cells.flag_texts(row["flags"], lang)) or "–",
    }


def listing(view: View, name: str, lines: list[dict[str, str]]) -> None:
    """One list of cells in an expander, the first of them shown."""
    if lines:
        with st.expander(
            f"{t(f'overview.{name}', view.lang)} ({formats.integer(len(lines), view.lang)})", expanded=name == "revised"
        ):
            st.dataframe(pd.DataFrame(lines), hide_index=True, key=f"overview_{name}")


def noise(view: View) -> None:
    """Which series moved beyond noise over a year, and what could have been seen in the others."""
    lang, reader, found = view.lang, view.reader, view.movements()
    st.subheader(t("overview.noise", lang), anchor="noise")
    note(plain(t("overview.noise_lead", lang)))
    if not found:
        st.info(t("overview.no_tests", lang))
        return
    lines = []
    for movement in sorted(
        found,
        key=lambda item: (
            not item.is_beyond_noise,
            len(item.now["dimensions"]),
            item.now["indicator_code"],
            str(item.now["dimensions"]),
        ),
    ):
        said = t("overview.moved", lang) if movement.is_beyond_noise else unmoved(movement, lang)
        lines.append(
            {
                t("table.now", lang): cells.with_interval(movement.now, lang),
                t("table.what", lang): cells.phrase(reader, movement.now, lang),
                t("table.before", lang): cells.with_interval(movement.before, lang),
                t("table.state", lang): said,
            }
        )
    st.table(pd.DataFrame(lines), hide_index=True, border="horizontal")


def unmoved(movement: Movement, lang: str) -> str:
    """That no change was detected, and from what size on one would have been."""
    unit = cells.text(movement.now["unit"])
    if not movement.detectable:
        return t("overview.unmoved_unknown", lang)
    if unit == "share":
        return t("overview.unmoved", lang, difference=formats.decimal(movement.detectable * 100, lang))
    return t("overview.unmoved_in", lang, difference=formats.number(math.ceil(movement.detectable), unit, lang))


def revisions(view: View) -> None:
    """What publishers changed after the fact."""
    st.subheader(t("overview.revisions", view.lang), anchor="revisions")
    notes = adoption.revision_notes(view.reader, view.lang, limit=LISTED)
    if not notes:
        note(plain(t("overview.no_revisions", view.lang)))
    for text in notes:
        st.markdown(f"- {plain(text)}")


def sources(view: View) -> None:
    """Late and broken sources, or that there are none, and the way to all of them."""
    lang, marked = view.lang, view.marked()
    st.header(t("overview.sources", lang), anchor="sources")
    if len(view.reader.sources()) == 0:
        st.info(t("overview.no_sources", lang))
        return
    if marked:
        st.markdown(plain(tn("overview.sources_bad", lang, len(marked), n=formats.integer(len(marked), lang))))
        lines = [f"- {plain(typeset(f'{name}: {state.text(lang)}', lang))}" for name, state in marked]
        st.markdown("\n".join(lines))
    else:
        st.markdown(plain(t("overview.sources_fine", lang)))
    st.page_link("app_pages/sources.py", label=t("overview.sources_link", lang), icon=":material/arrow_forward:")


def about(view: View) -> None:
    """The release itself."""
    info, lang = view.reader.info, view.lang
    with st.expander(t("overview.release", lang)):
        st.markdown(plain(release_line(view)))
        note(f"{t('overview.digest', lang)}: `{info.content_digest}`")
        note(plain(t("app.pin", lang, release=info.release_id)))


if __name__ == "__main__":  # Streamlit runs a page as a script
    page(current_view())
