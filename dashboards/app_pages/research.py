"""Research: the AI share of publications by two definitions, how far they agree, and what one of them cannot judge."""

from __future__ import annotations

import streamlit as st

from dashboards.data import View, current_view
from dashboards.show import heading, show
from warehouse.reading.texts import t


def page(view: View) -> None:
    lang = view.lang
    heading(t("app.research", lang), t("research.lead", lang))
    show(view.figure("research.shares"), view)
    left, right = st.columns(2)
    with left:
        show(view.figure("research.agreement"), view)
    with right:
        show(view.figure("research.left_out"), view)


if __name__ == "__main__":  # Streamlit runs a page as a script
    page(current_view())
