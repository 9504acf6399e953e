"""Talent: how much of the demand for work asks for AI, where, with which skills and languages."""

from __future__ import annotations

import streamlit as st

from dashboards import address
from dashboards.data import View, current_view
from dashboards.show import heading, show
from warehouse.reading import cells, formats, talent
from warehouse.reading.texts import t


def page(view: View) -> None:
    lang = view.lang
    heading(t("app.talent", lang), t("talent.lead", lang))
    left, right = st.columns(2)
    with left:
        show(view.figure("talent.share"), view)
    with right:
        show(view.figure("talent.skills"), view)
    quarters = talent.quarters(view.reader)
    quarter, window = (quarters[0] if quarters else None), cells.POOLED
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if quarters and quarter is not None:
            quarter = address.choose(
                t("talent.quarter", lang), "quarter", quarters, quarter, lang, lambda code: formats.period(code, lang)
            )
        window = address.choose(
            t("talent.window", lang),
            "window",
            [cells.POOLED, "1q"],
            cells.POOLED,
            lang,
            lambda code: t(f"code.window.{code}", lang),
            hint=t("talent.window_help", lang),
        )
    left, right = st.columns(2)
    with left:
        show(view.figure("talent.sectors", quarter, window), view)
    with right:
        show(view.figure("talent.languages", quarter), view)
    st.header(t("talent.classes", lang), anchor="classes")
    for column, name in zip(st.columns(3), talent.CLASSES[1:], strict=True):
        with column:
            show(view.figure("talent.class", name), view, level=3)


if __name__ == "__main__":  # Streamlit runs a page as a script
    page(current_view())
