"""How a figure and the common banners are laid out on a page.

Belongs here: layout shared by all pages. Never here: data, texts, chart geometry.
"""

from __future__ import annotations

import re

import streamlit as st

from dashboards.data import View
from warehouse.reading import formats
from warehouse.reading.charts import themed
from warehouse.reading.figure import Figure
from warehouse.reading.listing import Listing
from warehouse.reading.texts import t, tn, typeset

PLOT_CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": [
        "lasso2d",
        "select2d",
        "zoom2d",
        "pan2d",
        "zoomIn2d",
        "zoomOut2d",
        "autoScale2d",
        "resetScale2d",
    ],
    "responsive": True,
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$:!])")


def release_line(view: View) -> str:
    """Which release is shown, when it was published, and with which versions."""
    info, lang = view.reader.info, view.lang
    return t(
        "app.footer",
        lang,
        release=info.release_id,
        published=formats.moment(info.published_at, lang),
        code=info.code_version,
        model=info.model_version,
        taxonomy=info.taxonomy_version,
    )


def plain(text: str) -> str:
    """Text from data for a Markdown surface: a publisher's text must not become markup, a formula or a link."""
    return _MARKDOWN.sub(r"\\\1", text)


def note(text: str) -> None:
    """Small print, as Markdown. Not ``st.caption``: its grey is too pale to read (below 4.5:1)."""
    st.markdown(f":small[{text}]")


def heading(title: str, lead: str) -> None:
    """Title and lead of a page."""
    st.title(title, anchor=False)
    st.markdown(plain(lead))


def show(figure: Figure, view: View, *, level: int = 2) -> None:
    """One figure with everything that must stand beside it: words, notes, table, CSV, method, quotations, source.

    ``level`` is the level of its heading: 3 under a section of the page, else 2.
    """
    lang = view.lang
    with st.container(border=True, height="stretch", key=f"figure_{figure.key}"):
        (st.header if level == 2 else st.subheader)(figure.question, anchor=figure.key)
        note(plain(figure.basis))
        marks(view, figure.source_ids)
        if figure.chart is None:
            st.info(plain(figure.empty), icon=":material/do_not_disturb_on:")
        else:
            # Unknown until the browser has said which theme it shows: the chart then keeps Streamlit's own colours.
            text_colour = {"light": "#1A2530", "dark": "#E8EDF2"}.get(st.context.theme.type or "")
            chart = themed(figure.chart, text_colour) if text_colour else figure.chart
            st.plotly_chart(chart, key=f"chart_{figure.key}", config=PLOT_CONFIG, theme="streamlit", alt=figure.summary)
        st.markdown(f"**{t('figure.summary', lang)}.** {plain(figure.summary)}")
        if figure.interval_note:
            note(plain(figure.interval_note))
        if figure.notes:
            st.markdown("\n".join(f"- :small[{plain(text)}]" for text in figure.notes))
        _take(figure, view)
        licences = " · ".join(
            f"[{plain(name)}]({address})" if address.startswith("https://") else plain(name)
            for name, address in dict.fromkeys(figure.licence)
        )
        licences = licences or plain(t("source.no_licence", lang))
        named = typeset(f"{t('table.licence', lang)}: ", lang)
        note(f"{plain(figure.source_line)} {plain(named)}{licences}")


def _take(figure: Figure, view: View) -> None:
    """Table, CSV, method and quotations: what a reader takes along."""
    lang, rows = view.lang, len(figure.table)
    if rows:
        title = tn("figure.table", lang, rows, n=formats.integer(rows, lang))
        with st.expander(title, icon=":material/table:"):
            st.dataframe(figure.table, hide_index=True, key=f"table_{figure.key}")
    with st.container(horizontal=True):
        if rows:
            st.download_button(
                t("figure.csv", lang),
                figure.csv,
                figure.csv_name,
                "text/csv",
                key=f"csv_{figure.key}",
                on_click="ignore",
                icon=":material/download:",
            )
        with st.popover(t("figure.method", lang), icon=":material/info:"):
            for name, text in figure.method:
                st.markdown(f"**{plain(name)}**: {plain(text)}")
            note(plain(t("app.pin", lang, release=view.release_id)))
        if figure.quotes:
            with st.popover(t("figure.quote", lang), icon=":material/format_quote:"):
                note(plain(t("figure.quote_help", lang)))
                for sentence in figure.quotes:
                    st.code(sentence, language=None, wrap_lines=True)


def show_list(listing: Listing, view: View) -> None:
    """A list of records: what it is, its marks, the rows, CSV, source."""
    lang, rows = view.lang, len(listing.table)
    with st.container(key=f"list_{listing.key}"):
        note(plain(listing.note))
        marks(view, listing.source_ids)
        if listing.empty:
            st.info(plain(listing.empty), icon=":material/do_not_disturb_on:")
            return
        links = {
            listing.link_column: st.column_config.LinkColumn(
                display_text=r"https://(?:www\.)?([^/]+)/", help=listing.link_column
            )
        }
        st.markdown(f"**{tn('figure.list', lang, rows, n=formats.integer(rows, lang))}**")
        st.dataframe(
            listing.table,
            hide_index=True,
            key=f"rows_{listing.key}",
            column_config=links if listing.link_column else None,
            alt=listing.title,
        )
        st.download_button(
            t("figure.csv", lang),
            listing.csv,
            listing.csv_name,
            "text/csv",
            key=f"csv_{listing.key}",
            on_click="ignore",
            icon=":material/download:",
        )
        note(plain(listing.source_line))


def marks(view: View, source_ids: tuple[str, ...]) -> None:
    """What is late or broken among the sources of a figure or list, beside it."""
    for name, state in view.marked(source_ids):
        st.warning(plain(typeset(f"{name}: {state.text(view.lang)}", view.lang)), icon=":material/schedule:")


def banners(view: View, page: str) -> None:
    """One banner for each late or broken source that the page's figures use, one line for all the others; they go
    when the sources are well again. A source that gave this release nothing never speaks of "the figures below".
    """
    used = view.marked(view.used_on(page))
    for name, state in used:
        icon = ":material/error:" if state.state == "broken" else ":material/schedule:"
        st.warning(plain(state.banner(name, view.lang)), icon=icon)
    others = len(view.marked()) - len(used)
    if others and page != "sources":  # that page lists each of them
        note(plain(tn("app.troubled_elsewhere", view.lang, others, n=formats.integer(others, view.lang))))
        st.page_link("app_pages/sources.py", label=t("overview.sources_link", view.lang))
