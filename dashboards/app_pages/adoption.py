"""Adoption: who uses AI among enterprises, from official statistics."""

from __future__ import annotations

import streamlit as st

from dashboards import address
from dashboards.data import View, current_view
from dashboards.show import heading, show
from warehouse.reading import adoption, cells
from warehouse.reading.texts import t


def page(view: View) -> None:
    lang, reader = view.lang, view.reader
    heading(t("app.adoption", lang), t("adoption.lead", lang))
    years, year = adoption.years(reader), adoption.default_year(reader)
    if years and year is not None:
        year = address.choose(t("adoption.year", lang), "year", years, year, lang)
    left, right = st.columns(2)
    with left:
        show(view.figure("adoption.countries", year), view)
    with right:
        show(view.figure("adoption.by_technology", year), view)
    technologies = adoption.technologies(reader)
    technology = cells.DEFAULT_TECHNOLOGY
    if technologies:
        technology = address.choose(
            t("adoption.technology", lang),
            "technology",
            technologies,
            technologies[0],
            lang,
            lambda code: cells.label(reader, "indic_is", code, lang),
        )
    left, right = st.columns(2)
    with left:
        if technologies:
            show(view.figure("adoption.by_size", technology), view)
        else:
            st.info(t("adoption.no_sizes", lang))
    with right:
        show(view.figure("adoption.trend"), view)


if __name__ == "__main__":  # Streamlit runs a page as a script
    page(current_view())
