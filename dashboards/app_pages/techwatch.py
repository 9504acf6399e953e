"""Tech watch: announcements about AI a month, beside all announcements, and the announcements themselves."""

from __future__ import annotations

import streamlit as st

from dashboards import address
from dashboards.data import View, current_view
from dashboards.show import heading, show, show_list
from warehouse.reading import formats, techwatch
from warehouse.reading.texts import t


def page(view: View) -> None:
    lang = view.lang
    heading(t("app.techwatch", lang), t("techwatch.lead", lang))
    left, right = st.columns(2)
    with left:
        show(view.figure("techwatch.ai"), view)
    with right:
        show(view.figure("techwatch.all"), view)
    st.header(t("techwatch.list", lang), anchor="announcements")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = address.choose(
            t("techwatch.which", lang),
            "about",
            ["ai", "all"],
            "ai",
            lang,
            lambda code: t(f"techwatch.which.{code}", lang),
        )
        month = address.choose(
            t("techwatch.month", lang),
            "month",
            ["all", *techwatch.months(view.reader)],
            "all",
            lang,
            lambda code: t("common.all", lang) if code == "all" else formats.period(code, lang),
        )
    show_list(view.listing("techwatch.announcements", kind, month), view)


if __name__ == "__main__":  # Streamlit runs a page as a script
    page(current_view())
