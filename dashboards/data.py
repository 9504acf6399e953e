"""The only door to data: the release that the pointer (or the address) names, its reader, and figures kept per release.

Belongs here: resolving, opening, caching. Never here: what a page shows. Pages see no path and no connection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from state.settings import Settings
from warehouse.reading import (
    ReleaseReader,
    adoption,
    compare,
    current_release_id,
    open_release,
    previous_release_id,
    talent,
)
from warehouse.reading.figure import Figure

MAX_AGE = 600  # seconds: a figure's lateness is judged again at least this often
FIGURES: dict[str, Callable[..., Figure]] = {
    "adoption.countries": adoption.countries,
    "adoption.trend": adoption.trend,
    "adoption.by_size": adoption.by_size,
    "adoption.by_technology": adoption.by_technology,
    "talent.share": talent.share,
    "talent.class": talent.one_class,
    "talent.sectors": talent.sectors,
    "talent.skills": talent.skills,
    "talent.languages": talent.languages,
}


@dataclass(frozen=True)
class View:
    """What a page works with: the release shown, the newest one, the language."""

    release_id: str
    current_id: str
    lang: str

    @property
    def reader(self) -> ReleaseReader:
        return _reader(str(releases_root()), self.release_id)

    @property
    def previous(self) -> ReleaseReader | None:
        """Reader of the release before the one shown, None for the first."""
        before = previous_release_id(releases_root(), self.release_id)
        return _reader(str(releases_root()), before) if before else None

    def figure(self, name: str, *arguments: str | None) -> Figure:
        """A figure by its name in FIGURES, for this release and language."""
        return _figure(str(releases_root()), self.release_id, self.lang, name, arguments)

    def compared(self) -> compare.Comparison | None:
        """What differs from the release before, None for the first."""
        before = previous_release_id(releases_root(), self.release_id)
        return _compared(str(releases_root()), self.release_id, before) if before else None

    def movements(self) -> tuple[compare.Movement, ...]:
        return _movements(str(releases_root()), self.release_id)


def keep_view(view: View) -> None:
    """Hand the view of this run to the page that runs next."""
    st.session_state["app_view"] = view


def current_view() -> View:
    """The view that the app decided on in this run."""
    view = st.session_state["app_view"]
    assert isinstance(view, View)  # the app keeps it before it runs a page
    return view


def releases_root() -> Path:
    """Where releases are, from the settings of this installation."""
    return Settings().releases


def newest() -> str:
    """Id of the newest release, read from the pointer at every run of a page."""
    return current_release_id(releases_root())


def opens(release_id: str) -> ReleaseReader:
    """Open a release, or raise the typed error that the app words for its reader."""
    return _reader(str(releases_root()), release_id)


# A reader that falls out of the cache may still serve another session: it closes when the last one lets go of it.
@st.cache_resource(max_entries=4, show_spinner=False)
def _reader(root: str, release_id: str) -> ReleaseReader:
    return open_release(Path(root), release_id)


@st.cache_data(ttl=MAX_AGE, max_entries=300, show_spinner=False)
def _figure(root: str, release_id: str, lang: str, name: str, arguments: tuple[str | None, ...]) -> Figure:
    return FIGURES[name](_reader(root, release_id), lang, datetime.now(UTC), *arguments)


@st.cache_data(ttl=MAX_AGE, max_entries=20, show_spinner=False)
def _compared(root: str, release_id: str, before: str) -> compare.Comparison:
    return compare.compare(_reader(root, release_id), _reader(root, before))


@st.cache_data(ttl=MAX_AGE, max_entries=20, show_spinner=False)
def _movements(root: str, release_id: str) -> tuple[compare.Movement, ...]:
    return compare.movements(_reader(root, release_id))
