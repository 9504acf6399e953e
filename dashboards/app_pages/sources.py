"""Sources & freshness: each source with its state, what was set aside, what is not collected, and the event log."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboards import address, data
from dashboards.data import View, current_view
from dashboards.show import heading, note, plain
from state.events import KINDS, EventRow
from warehouse.reading import cells, formats, sources
from warehouse.reading.sources import SourceFacts
from warehouse.reading.texts import either, t, typeset

PAGE_SIZE = 25
MOST_PAGES = 40  # older events are for the command line


def page(view: View) -> None:
    lang = view.lang
    heading(t("app.sources", lang), t("sources.lead", lang))
    if view.health is None:
        st.warning(plain(t("sources.health_unknown", lang)), icon=":material/visibility_off:")
    found = sources.all_facts(view.reader, lang, datetime.now(UTC), view.health)
    if found:
        st.markdown(plain(sources.coverage(view.reader, lang)))
        overview_table(found, lang)
        each(found, lang)
    else:
        st.info(t("overview.no_sources", lang))
    set_aside(view, found)
    absent(found, lang)
    log(view, found)


def overview_table(found: list[SourceFacts], lang: str) -> None:
    """State of all sources on one screen, a narrow one too: the other facts stand below, source by source."""
    wanted = t("sources.records", lang)
    lines = []
    for one in found:
        facts = dict(one.facts)
        lines.append(
            {
                t("table.source", lang): one.name,
                t("table.state", lang): one.state_text,
                wanted: facts.get(wanted, "–"),
            }
        )
    with st.container(key="sources_table"):
        st.table(pd.DataFrame(lines), hide_index=True, border="horizontal")


def each(found: list[SourceFacts], lang: str) -> None:
    """Every fact of every source, in folds; late and broken ones first."""
    st.header(t("sources.each", lang), anchor="each")
    chosen = address.choose(
        t("sources.show", lang),
        "show",
        ["all", "marked", "used"],
        "all",
        lang,
        lambda code: t(f"sources.show.{code}", lang),
    )
    note(plain(t("sources.english_facts", lang)))
    none = t("sources.used_by_none", lang)
    shown = [
        one
        for one in found
        if chosen == "all"
        or (one.state.is_marked if chosen == "marked" else dict(one.facts)[t("sources.used_by", lang)] != none)
    ]
    if not shown:
        st.info(t("sources.none_shown", lang))
    for one in shown:
        with st.expander(plain(typeset(f"{one.name}: {one.state_text}", lang)), expanded=one.state.is_marked):
            lines = [_item(name, plain(text), lang) for name, text in one.facts]
            name, where = one.licence
            licence = f"[{plain(name)}]({where})" if where.startswith("https://") else plain(name)
            licence = licence or plain(t("source.no_licence", lang))
            lines.append(_item(t("table.licence", lang), licence, lang))
            said, where = one.terms
            if where.startswith("https://"):
                lines.append(_item(t("sources.terms", lang), f"{plain(said)} <{where}>".strip(), lang))
            if one.url.startswith("https://"):
                lines.append(_item(t("table.link", lang), f"<{one.url}>", lang))
            st.markdown("\n".join(lines))


def _item(name: str, text: str, lang: str) -> str:
    """One line of a list; ``text`` is Markdown already."""
    return f"- {typeset(f'**{plain(name)}**: ', lang)}{text}"


def set_aside(view: View, found: list[SourceFacts]) -> None:
    """The quarantine, counted by reason, of one source or of all."""
    lang = view.lang
    st.header(t("sources.quarantine", lang), anchor="quarantine")
    st.markdown(plain(t("sources.quarantine_lead", lang)))
    chosen = _choose_source("aside", found, lang)
    frame = sources.quarantine(view.reader, lang, chosen)
    if frame.empty:
        st.info(t("sources.quarantine_empty", lang))
    else:
        with st.container(key="sources_quarantine"):
            st.table(frame, hide_index=True, border="horizontal")


def absent(found: list[SourceFacts], lang: str) -> None:
    """What is not collected and why; and what is registered but was never looked at."""
    st.header(t("sources.absent", lang), anchor="not-collected")
    lines = [
        f"- {typeset(f'**[{plain(one.publisher)}]({one.url})**: ', lang)}{plain(one.because)}"
        for one in sources.not_collected(lang)
    ]
    never = [one.name for one in found if one.state.state == "never"]
    why = t("sources.absent_registered", lang)
    lines += [_item(name, f"{plain(why)}.", lang) for name in never]
    st.markdown("\n".join(lines))


def log(view: View, found: list[SourceFacts]) -> None:
    """The event log with delays, by kind and source, page by page."""
    lang = view.lang
    st.header(t("sources.log", lang), anchor="log")
    st.markdown(plain(t("sources.log_lead", lang)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = address.choose(
            t("sources.log_kind", lang),
            "event",
            ["all", *KINDS],
            "all",
            lang,
            lambda code: t("common.all" if code == "all" else f"sources.event.{code}", lang),
        )
        source_id = _choose_source("of", found, lang)
        wanted = (None if kind == "all" else kind, None if source_id == "all" else source_id)
        pages = min(max(1, -(-data.logged_count(*wanted) // PAGE_SIZE)), MOST_PAGES)
        number = int(
            address.choose(
                t("sources.log_page", lang),
                "log",
                [str(n) for n in range(1, pages + 1)],
                "1",
                lang,
                lambda n: f"{n} / {pages}",
            )
        )
    rows = data.logged(*wanted, PAGE_SIZE, (number - 1) * PAGE_SIZE)
    if rows is None:
        st.warning(plain(t("sources.health_unknown", lang)), icon=":material/visibility_off:")
    elif not rows:
        st.info(t("sources.log_empty", lang))
    else:
        names = {one.source_id: one.name for one in found}
        with st.container(key="sources_log"):
            st.table(pd.DataFrame([_line(row, names, lang) for row in rows]), hide_index=True, border="horizontal")


def _choose_source(name: str, found: list[SourceFacts], lang: str) -> str:
    names = {one.source_id: one.name for one in found}
    return address.choose(
        t("sources.log_source", lang),
        name,
        ["all", *names],
        "all",
        lang,
        lambda code: t("sources.show.all", lang) if code == "all" else names[code],
    )


def _line(row: EventRow, names: dict[str, str], lang: str) -> dict[str, str]:
    """One event. Its technical detail stays with the engineers: it can hold more than is public."""
    what = (
        either([f"trouble.{row.trouble}", "trouble.other"], lang, code=row.trouble) if row.trouble else "",
        t("sources.event_release", lang, release=row.release_id) if row.release_id else "",
        t("sources.event_edition", lang, number=formats.integer(row.edition, lang)) if row.edition else "",
    )
    return {
        t("table.when", lang): formats.moment(row.at, lang),
        t("table.event", lang): " · ".join(part for part in (t(f"sources.event.{row.kind}", lang), *what) if part),
        t("table.source", lang): names.get(cells.text(row.source_id), cells.text(row.source_id)) or "–",
        t("table.delay", lang): formats.duration(row.delay_seconds, lang) if row.delay_seconds is not None else "–",
    }


if __name__ == "__main__":  # Streamlit runs a page as a script
    page(current_view())
