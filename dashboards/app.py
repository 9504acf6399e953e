"""The analysts' workbench: `streamlit run dashboards/app.py`.

Belongs here: navigation, language switch, the release shown, banners that every page carries, footer. Never here:
figures.
"""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

# Streamlit puts this file's folder on the path, not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dashboards import address, data
from dashboards.data import View
from dashboards.show import banners as source_banners
from dashboards.show import note, plain, release_line
from warehouse.reading import DamagedReleaseError, NoReleaseError, UnknownReleaseError
from warehouse.reading.texts import reviewed, t

PAGES = ("overview", "adoption", "talent", "investment", "research", "techwatch", "sources", "methods")


def release_to_show(lang: str) -> View | None:
    """The release that the address pins, else the newest; what is wrong is said on the page."""
    try:
        current = data.newest()
    except NoReleaseError:
        st.info(t("app.no_release", lang), icon=":material/hourglass_empty:")
        st.markdown(t("app.no_release_hint", lang))
        return None
    asked, shown = address.kept("v"), current
    if asked is not None:
        try:
            data.opens(asked)
            shown = asked
        except (UnknownReleaseError, DamagedReleaseError):
            st.warning(plain(t("app.unknown_release", lang, value=asked[:60])))
            address.forget("v")
    try:
        data.opens(shown)
    except (UnknownReleaseError, DamagedReleaseError) as error:
        st.error(plain(t("app.damaged", lang, problem=str(error))))
        return None
    return View(release_id=shown, current_id=current, lang=lang, health=data.health())


def banners(view: View, page: str) -> None:
    """What a reader must know before any number: sample data, a pinned release, late sources."""
    lang = view.lang
    if bool(view.reader.values()["is_sample"].any()):
        st.warning(plain(t("sample.banner", lang)), icon=":material/science:")
    if view.release_id != view.current_id:
        st.info(
            plain(t("app.pinned", lang, release=view.release_id, current=view.current_id)), icon=":material/push_pin:"
        )
        st.button(t("app.to_current", lang), on_click=address.forget, args=("v",), key="app_to_current")
    elif address.kept("v"):
        note(plain(t("app.pinned_current", lang, release=view.release_id)))
    source_banners(view, page)


def footer(view: View) -> None:
    """Which release, when, and with which versions."""
    lang, text = view.lang, release_line(view)
    with st.container(key="app_footer"):
        st.divider()
        note(plain(text if reviewed(lang) else f"{text} {t('meta.unreviewed', lang)}"))


def spoken_language(lang: str) -> None:
    """Say the language of the page in its root element, for screen readers: Streamlit always says English."""
    script = f"<script>document.documentElement.lang = {lang!r}</script>"  # lang is one of our four codes
    st.html(script, unsafe_allow_javascript=True)


def main() -> None:
    icon = str(Path(__file__).parent / "static" / "icon.svg")
    st.set_page_config(page_icon=icon, layout="wide")
    lang = address.language(address.kept("lang"))
    pages = [
        st.Page(f"app_pages/{name}.py", title=t(f"app.{name}", lang), url_path=name, default=name == PAGES[0])
        for name in PAGES
    ]
    navigation = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{navigation.title} · {t('app.title', lang)}", page_icon=icon, layout="wide")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{t('app.title', lang)}**")
        lang = address.choose_language()
        spoken_language(lang)
    view = release_to_show(lang)
    if view is not None:
        data.keep_view(view)
        banners(view, navigation.url_path or PAGES[0])
        navigation.run()
        footer(view)


main()
