"""Overview: the headline values, what changed since the release before and what did not, and where it all comes
from.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboards.data import View, current_view
from dashboards.show import heading, plain, release_line
from warehouse.reading import adoption, cells, formats
from warehouse.reading.compare import Comparison
from warehouse.reading.freshness import freshness
from warehouse.reading.reader import ReleaseReader, Row, as_utc
from warehouse.reading.texts import t

LISTED = 12


def page(view: View) -> None:
    lang = view.lang
    heading(t("app.title", lang), t("overview.lead", lang))
    headlines(view)
    st.header(t("overview.changes", lang), anchor="changes")
    comparison = view.compared()
    if comparison is None or view.previous is None:
        st.info(t("overview.first", lang), icon=":material/flag:")
    else:
        st.caption(plain(t("overview.compared", lang, release=view.previous.release_id)))
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
    with st.container(horizontal=True, key="overview_headlines"):
        for label, row in found:
            with st.container(border=True, width="stretch", height="stretch"):
                st.markdown(plain(label))  # a metric cuts its own label off where a card is narrow
                st.metric(label, cells.value_text(row, lang), label_visibility="collapsed")
                details = (
                    t(f"overview.unit_{row['indicator_code']}", lang),
                    cells.interval_text(row, lang) or t("cell.official", lang),
                    cells.sign_of_size(row, lang),
                    *cells.flag_texts(row["flags"], lang),
                    cells.break_text(reader, row, lang),
                    newer(reader, row, lang),
                )
                st.caption(plain(" · ".join(part for part in details if part)))
    with st.expander(t("figure.quote", lang), icon=":material/format_quote:"):
        for _, row in found:
            st.code(cells.sentence(reader, row, lang), language=None, wrap_lines=True)


def headline_cells(reader: ReleaseReader) -> list[Row]:
    """The cells that open the page: AI use here and, for the same year, in the EU; AI share of new postings."""
    postings = adoption.newest(reader, adoption.HOME, "T1")
    return [*adoption.headlines(reader), *([postings] if postings is not None else [])]


def headline_label(reader: ReleaseReader, row: Row, lang: str) -> str:
    """What a card shows, where and when."""
    return t(
        "overview.ai_use" if row["indicator_code"] == adoption.CODE else "overview.ai_postings",
        lang,
        geo=cells.label(reader, "geo", row["geo"], lang),
        period=formats.period(row["period"], lang),
    )


def newer(reader: ReleaseReader, row: Row, lang: str) -> str:
    """The newer value of an area whose card shows an older year, with the break that lies between; else empty."""
    latest = adoption.newest(reader, row["geo"], row["indicator_code"])
    if latest is None or latest["period"] <= row["period"]:
        return ""
    said = {"value": cells.value_text(latest, lang), "period": formats.period(latest["period"], lang)}
    broken = cells.break_text(reader, latest, lang, earlier=row["period"])
    return t("overview.newer", lang, note=broken, **said) if broken else t("overview.newer_plain", lang, **said)


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
    st.caption(plain(t("overview.noise_lead", lang)))
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
        said = (
            t("overview.moved", lang)
            if movement.is_beyond_noise
            else t("overview.unmoved", lang, difference=formats.decimal((movement.detectable or 0) * 100, lang))
        )
        lines.append(
            {
                t("table.now", lang): cells.with_interval(movement.now, lang),
                t("table.what", lang): cells.phrase(reader, movement.now, lang),
                t("table.before", lang): cells.with_interval(movement.before, lang),
                t("table.state", lang): said,
            }
        )
    st.table(pd.DataFrame(lines), hide_index=True, border="horizontal")


def revisions(view: View) -> None:
    """What publishers changed after the fact."""
    st.subheader(t("overview.revisions", view.lang), anchor="revisions")
    notes = adoption.revision_notes(view.reader, view.lang, limit=LISTED)
    if not notes:
        st.caption(plain(t("overview.no_revisions", view.lang)))
    for note in notes:
        st.markdown(f"- {plain(note)}")


def sources(view: View) -> None:
    """Each source: publisher, licence, state, last check, records, what was set aside."""
    lang, now = view.lang, datetime.now(UTC)
    st.header(t("overview.sources", lang), anchor="sources")
    frame = view.reader.sources()
    if frame.empty:
        st.info(t("overview.no_sources", lang))
        return
    lines = []
    for row in ({str(key): value for key, value in source.items()} for source in frame.to_dict("records")):
        changed = as_utc(row["last_changed_at"])
        lines.append(
            {
                t("table.source", lang): cells.publisher(view.reader, row["source_id"]),
                t("table.state", lang): freshness(row, now).text(lang),
                t("table.changed", lang): formats.day(changed, lang) if changed else "–",
                t("table.records", lang): formats.integer(row["records"], lang)
                if formats.is_present(row["records"])
                else "–",
                t("table.rejects", lang): formats.integer(row["rejects"], lang)
                if formats.is_present(row["rejects"])
                else "–",
                t("table.licence", lang): cells.text(row["licence_name"]) or t("source.no_licence", lang),
            }
        )
    st.table(pd.DataFrame(lines), hide_index=True, border="horizontal")
    quarantine = view.reader.quarantine()
    if not quarantine.empty:
        with st.expander(t("overview.quarantine", lang)):
            st.dataframe(quarantine, hide_index=True, key="overview_quarantine")


def about(view: View) -> None:
    """The release itself."""
    info, lang = view.reader.info, view.lang
    with st.expander(t("overview.release", lang)):
        st.markdown(plain(release_line(view)))
        st.caption(f"{t('overview.digest', lang)}: `{info.content_digest}`")
        st.caption(plain(t("app.pin", lang, release=info.release_id)))


if __name__ == "__main__":  # Streamlit runs a page as a script
    page(current_view())
