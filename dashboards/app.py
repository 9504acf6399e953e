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
from dashboards.show import late_banners, plain, release_line
from warehouse.reading import DamagedReleaseError, NoReleaseError, UnknownReleaseError
from warehouse.reading.texts import reviewed, t


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
    return View(release_id=shown, current_id=current, lang=lang)


def banners(view: View) -> None:
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
        st.caption(plain(t("app.pinned_current", lang, release=view.release_id)))
    late_banners(view)


def footer(view: View) -> None:
    """Which release, when, and with which versions."""
    lang, text = view.lang, release_line(view)
    with st.container(key="app_footer"):
        st.divider()
        st.caption(plain(text if reviewed(lang) else f"{text} {t('meta.unreviewed', lang)}"))


def main() -> None:
    st.set_page_config(
        page_title="LuxAI Observatory", page_icon=str(Path(__file__).parent / "static" / "icon.svg"), layout="wide"
    )
    lang = address.language(address.kept("lang"))
    navigation = st.navigation(
        [
            st.Page("app_pages/overview.py", title=t("app.overview", lang), url_path="overview", default=True),
            st.Page("app_pages/adoption.py", title=t("app.adoption", lang), url_path="adoption"),
            st.Page("app_pages/talent.py", title=t("app.talent", lang), url_path="talent"),
        ],
        position="top",
    )
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{t('app.title', lang)}**")
        lang = address.choose_language()
    view = release_to_show(lang)
    if view is None:
        return
    data.keep_view(view)
    banners(view)
    navigation.run()
    footer(view)


main()
