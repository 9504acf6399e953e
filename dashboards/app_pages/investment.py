"""Investment: EU research money for AI projects in Luxembourg, its concentration, and the projects themselves."""

from __future__ import annotations

import streamlit as st

from dashboards import address
from dashboards.data import View, current_view
from dashboards.show import heading, show, show_list
from warehouse.reading import investment
from warehouse.reading.texts import t


def page(view: View) -> None:
    lang = view.lang
    heading(t("app.investment", lang), t("investment.lead", lang))
    left, right = st.columns(2)
    with left:
        show(view.figure("investment.contributions"), view)
    with right:
        show(view.figure("investment.projects"), view)
    left, right = st.columns(2)
    with left:
        show(view.figure("investment.largest"), view)
    with right:
        show(view.figure("investment.coordinated"), view)
    st.header(t("investment.list", lang), anchor="projects")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = address.choose(
            t("investment.which", lang),
            "projects",
            ["ai", "all"],
            "ai",
            lang,
            lambda code: t(f"investment.which.{code}", lang),
        )
        year = address.choose(
            t("investment.year", lang),
            "signed",
            ["all", *investment.years(view.reader)],
            "all",
            lang,
            lambda code: t("common.all", lang) if code == "all" else code,
        )
    show_list(view.listing("investment.projects", kind, year), view)


if __name__ == "__main__":  # Streamlit runs a page as a script
    page(current_view())
