"""Sources & freshness: each source with its state, what is held back, set aside or not collected, and the log."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboards import address, data
from dashboards.data import View, current_view
from dashboards.show import heading, note, plain
from state.events import KINDS, EventRow
from warehouse.reading import cells, drift, formats, sources
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
        overview_tables(found, lang)
        unusual(view)
        each(view, found)
    else:
        st.info(t("overview.no_sources", lang))
    set_aside(view, found)
    absent(found, lang)
    log(view, found)


def overview_tables(found: list[SourceFacts], lang: str) -> None:
    """State of all sources, by kind of record, for a narrow screen too: the other facts stand below, in folds."""
    wanted = t("sources.records", lang)
    with st.container(key="sources_table"):
        for kind, group in sources.by_kind(found).items():
            if kind:  # an older release does not say it
                name = sources.kind_text(kind, lang)
                st.header(plain(name[:1].upper() + name[1:]), anchor=kind)
            lines = [
                {
                    t("table.source", lang): one.name,
                    t("table.state", lang): one.state_text,
                    wanted: dict(one.facts).get(wanted, "–"),
                }
                for one in group
                if one.state.state != "never"
            ]
            if lines:
                st.table(pd.DataFrame(lines), hide_index=True, border="horizontal")
            never = [one for one in group if one.state.state == "never"]
            if never:
                with st.expander(plain(t("sources.never", lang, n=formats.integer(len(never), lang)))):
                    st.markdown("\n".join(f"- {plain(typeset(_named(one, lang), lang))}" for one in never))


def unusual(view: View) -> None:
    """What is held back because it gave far less than usual, and what is unusual otherwise."""
    lang = view.lang
    st.header(t("sources.drift", lang), anchor="drift")
    st.markdown(plain(t("sources.drift_lead", lang)))
    held = drift.held_table(view.reader, lang)
    if held.empty:
        st.info(t("sources.drift_none", lang))
    else:
        with st.container(key="sources_held"):
            st.table(held, hide_index=True, border="horizontal")
    said = drift.remarks(view.reader, lang)
    if said:
        st.markdown("\n".join(f"- {plain(typeset(line, lang))}" for line in said))


def each(view: View, found: list[SourceFacts]) -> None:
    """Every fact of every source, in folds; late and broken ones first."""
    lang = view.lang
    st.header(t("sources.each", lang), anchor="each")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = address.choose(
            t("sources.show", lang),
            "show",
            ["looked", "all", "marked", "used", "board"],
            "looked",
            lang,
            lambda code: t(f"sources.show.{code}", lang),
        )
        kind = address.choose(
            t("sources.of_kind", lang),
            "kind",
            ["all", *(kind for kind in sources.by_kind(found) if kind)],
            "all",
            lang,
            lambda code: t("common.all", lang) if code == "all" else sources.kind_text(code, lang),
        )
    note(plain(t("sources.english_facts", lang)))
    none = t("sources.used_by_none", lang)
    wanted = {
        "looked": lambda one: one.state.state != "never",
        "all": lambda one: True,
        "marked": lambda one: one.state.is_marked,
        "used": lambda one: dict(one.facts)[t("sources.used_by", lang)] != none,
        "board": lambda one: one.is_held,
    }[chosen]
    shown = [one for one in found if not one.disabled and kind in ("all", one.kind) and wanted(one)]
    if not shown:
        st.info(t("sources.none_shown", lang))
    for one in shown:
        with st.expander(plain(typeset(f"{one.name}: {one.state_text}", lang)), expanded=one.state.is_marked):
            facts_of(one, lang)
            boards = drift.boards_of(view.reader, one.source_id)
            table = drift.board_table(boards, lang, is_sample=one.state.state == "sample")
            if not table.empty:
                with st.container(key=f"boards_{one.source_id}"):
                    st.table(table, hide_index=True, border="horizontal")


def facts_of(one: SourceFacts, lang: str) -> None:
    """The facts of one source as a list."""
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


def _named(one: SourceFacts, lang: str) -> str:
    """A source that was never looked at, with a mark where nobody has seen a real answer of it."""
    return t("sources.unverified_mark", lang, state=one.name) if one.is_unverified else one.name


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
    """What is not collected, and why."""
    st.header(t("sources.absent", lang), anchor="not-collected")
    lines = [
        f"- {typeset(f'**[{plain(one.publisher)}]({one.url})**: ', lang)}{plain(one.because)}"
        for one in sources.not_collected(lang, found)
    ]
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
