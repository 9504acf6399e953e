"""State in the address: every control round-trips through the URL; unknown values are reported, never silently dropped.

Belongs here: reading and writing query parameters beside widgets. Never here: what the parameters mean to a page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from warehouse.reading.texts import DEFAULT_LANGUAGE, LANGUAGE_NAMES, language, t


def kept(name: str) -> str | None:
    """A parameter that belongs to all pages: from the address, else from this session (a page change clears the
    address).
    """
    if name in st.query_params:
        st.session_state[f"kept_{name}"] = st.query_params[name]
    value = st.session_state.get(f"kept_{name}")
    if value is not None and st.query_params.get(name) != value:
        st.query_params[name] = value
    return value


def forget(name: str) -> None:
    """Drop a parameter from the address and the session."""
    st.session_state.pop(f"kept_{name}", None)
    if name in st.query_params:
        del st.query_params[name]


def choose_language() -> str:
    """The language switch; what was chosen stays in the address on all pages."""
    asked = kept("lang")
    lang = language(asked)
    if asked is not None and asked != lang:
        st.warning(t("app.unknown_value", lang, value=asked[:40], name="lang", shown=LANGUAGE_NAMES[lang]))
        forget("lang")

    def changed() -> None:
        chosen = st.session_state["app_lang"]
        if chosen == DEFAULT_LANGUAGE:
            forget("lang")
        else:
            st.session_state["kept_lang"] = chosen
            st.query_params["lang"] = chosen

    st.session_state["app_lang"] = lang
    st.selectbox(
        t("app.language", lang),
        list(LANGUAGE_NAMES),
        format_func=LANGUAGE_NAMES.__getitem__,
        key="app_lang",
        on_change=changed,
        label_visibility="collapsed",
        width=170,
    )
    return lang


def choose(
    label: str,
    name: str,
    options: Sequence[str],
    default: str,
    lang: str,
    format_option: Callable[[str], str] = str,
    hint: str | None = None,
) -> str:
    """A select box whose choice lives in the parameter ``name``; the default leaves the address short."""
    asked = st.query_params.get(name)
    shown = asked if asked is not None and asked in options else default
    if asked is not None and asked not in options:
        st.warning(t("app.unknown_value", lang, value=asked[:40], name=name, shown=format_option(default)))
        del st.query_params[name]
    key = f"choice_{name}"

    def changed() -> None:
        chosen = st.session_state[key]
        if chosen == default:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = chosen

    st.session_state[key] = shown
    st.selectbox(label, list(options), format_func=format_option, key=key, on_change=changed, width=320, help=hint)
    return shown
