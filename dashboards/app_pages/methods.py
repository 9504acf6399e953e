"""Methods: every indicator from its metadata, live and planned, and what the observatory means by its words."""

from __future__ import annotations

import streamlit as st

from dashboards import address
from dashboards.data import View, current_view
from dashboards.show import heading, note, plain
from warehouse.reading import formats, methods
from warehouse.reading.methods import Method
from warehouse.reading.texts import t, typeset


def page(view: View) -> None:
    lang = view.lang
    heading(t("app.methods", lang), t("methods.lead", lang))
    st.header(t("methods.indicators", lang), anchor="indicators")
    indicators(view)
    st.header(t("methods.intervals", lang), anchor="intervals")
    st.markdown(plain(t("methods.intervals_lead", lang)))
    definitions(methods.intervals(lang), lang)
    st.header(t("methods.ladder", lang), anchor="ladder")
    st.markdown(plain(t("talent.ladder", lang)))
    st.header(t("methods.classes", lang), anchor="classes")
    st.markdown(plain(t("methods.classes_lead", lang)))
    definitions(methods.ai_classes(lang), lang)
    st.header(t("methods.flags", lang), anchor="flags")
    definitions(methods.flags(lang), lang)
    st.header(t("methods.glossary", lang), anchor="glossary")
    definitions(methods.glossary(lang), lang)


def indicators(view: View) -> None:
    """The catalogue, by family and status."""
    lang, reader = view.lang, view.reader
    everything = methods.methods(reader, lang)
    if not everything:
        st.info(t("figure.empty", lang), icon=":material/do_not_disturb_on:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        family = address.choose(
            t("methods.family", lang),
            "family",
            ["all", *methods.families(reader)],
            "all",
            lang,
            lambda code: t("methods.family.all" if code == "all" else f"app.{code}", lang),
        )
        status = address.choose(
            t("methods.status", lang),
            "status",
            ["all", "live", "planned"],
            "all",
            lang,
            lambda code: t(f"methods.status.{code}", lang),
        )
    live = sum(one.is_live for one in everything)
    counts = {"live": live, "planned": len(everything) - live}
    note(plain(t("methods.counts", lang, **{name: formats.integer(n, lang) for name, n in counts.items()})))
    note(plain(t("methods.english", lang)))
    found = methods.methods(reader, lang, family, status)
    if not found:
        st.info(t("methods.none", lang))
    for one in found:
        indicator(one, lang)


def indicator(one: Method, lang: str) -> None:
    """One indicator in a fold: what it asks, what to beware of, every field of its metadata."""
    state = t("methods.status.live" if one.is_live else "methods.status.planned", lang)
    with st.expander(plain(f"{one.code} · {one.name} ({t(f'app.{one.family}', lang)}, {state})")):
        st.markdown(f"**{plain(one.question)}**")
        if one.waits_for:
            st.info(plain(t("methods.waits_for", lang, what=one.waits_for)), icon=":material/hourglass_empty:")
        if one.caveat:
            st.markdown(plain(one.caveat))
        definitions(list(one.facts), lang)


def definitions(pairs: list[tuple[str, str]], lang: str) -> None:
    """Terms with their explanation, as a list."""
    st.markdown("\n".join(f"- {typeset(f'**{plain(name)}**: ', lang)}{plain(text)}" for name, text in pairs))


if __name__ == "__main__":  # Streamlit runs a page as a script
    page(current_view())
