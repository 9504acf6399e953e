"""The only door to data: the release that the pointer (or the address) names, figures kept per release, the event log.

Belongs here: resolving, opening, caching. Never here: what a page shows. Pages see no path and no connection. What is
known of later looks at the sources is read at every run and never cached with a figure: a mark clears by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import streamlit as st
from alembic.util import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from state import db, events
from state.settings import Settings
from warehouse.reading import (
    ReleaseReader,
    adoption,
    cells,
    compare,
    current_release_id,
    investment,
    open_release,
    previous_release_id,
    release_ids,
    research,
    talent,
    techwatch,
)
from warehouse.reading.breaks import SourceChange, giving
from warehouse.reading.figure import Figure
from warehouse.reading.freshness import Freshness, freshness
from warehouse.reading.listing import Listing
from warehouse.reading.reader import Row

LOOKED_BACK = 40  # releases in which a gained or lost source is looked for, as a break in its series
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
    "investment.contributions": investment.contributions,
    "investment.projects": investment.projects,
    "investment.largest": investment.largest,
    "investment.coordinated": investment.coordinated,
    "research.shares": research.shares,
    "research.agreement": research.agreement,
    "research.left_out": research.left_out,
    "techwatch.ai": techwatch.ai_announcements,
    "techwatch.all": techwatch.all_announcements,
}
LISTINGS: dict[str, Callable[..., Listing]] = {
    "investment.projects": investment.project_list,
    "techwatch.announcements": techwatch.announcement_list,
}


@dataclass(frozen=True)
class View:
    """What a page works with: the release shown, the newest one, the language, and the last looks at the sources.

    ``health`` is None when the log of looks cannot be read.
    """

    release_id: str
    current_id: str
    lang: str
    health: Mapping[str, events.SourceHealth] | None = field(default_factory=dict)

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

    def listing(self, name: str, *arguments: str) -> Listing:
        """A list of records by its name in LISTINGS, for this release and language."""
        return _listing(str(releases_root()), self.release_id, self.lang, name, arguments)

    def state_of(self, source: Row) -> Freshness:
        """State of a source at this moment, with what is known of later looks at it."""
        return freshness(source, datetime.now(UTC), (self.health or {}).get(str(source["source_id"])))

    def marked(self, source_ids: tuple[str, ...] | None = None) -> list[tuple[str, Freshness]]:
        """Late or broken sources by name, of those given or of all that gave records to this release."""
        found = []
        for source in compare.rows_of(self.reader.sources()):
            source_id = str(source["source_id"])
            if source_ids is not None and source_id not in source_ids:
                continue
            state = self.state_of(source)
            if state.is_marked:
                found.append((cells.publisher(self.reader, source_id), state))
        return found

    def used_on(self, page: str) -> tuple[str, ...]:
        """Sources whose records stand behind the figures of a page: of its family, or on Overview of every family."""
        known = self.reader.indicators()
        families = zip(known["code"], known["family"], strict=True)
        codes = [str(code) for code, family in families if page in (family, "overview")]
        return tuple(sorted(frozenset[str]().union(*(giving(self.reader, code) for code in codes))))

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


def health() -> Mapping[str, events.SourceHealth] | None:
    """The last looks at the sources; empty before the first, None when the log cannot be read."""
    try:
        engine = _state()
        return {} if engine is None else events.health(engine)
    except (SQLAlchemyError, CommandError, OSError):
        return None


def logged(kind: str | None, source_id: str | None, limit: int, offset: int = 0) -> list[events.EventRow] | None:
    """Events after the ``offset`` newest, of one kind and one source where named; None when the log cannot be read."""
    try:
        engine = _state()
        kinds = None if kind is None else [kind]
        if engine is None:
            return []
        return events.events(engine, kinds=kinds, source_id=source_id, limit=limit, offset=offset)
    except (SQLAlchemyError, CommandError, OSError):
        return None


def logged_count(kind: str | None, source_id: str | None) -> int:
    """How many events there are of one kind and one source where named; 0 when the log cannot be read."""
    try:
        engine = _state()
        kinds = None if kind is None else [kind]
        return 0 if engine is None else events.count(engine, kinds=kinds, source_id=source_id)
    except (SQLAlchemyError, CommandError, OSError):
        return 0


def _state() -> Engine | None:
    """The state database, None while there is none: a reader must not be the one who makes it."""
    file = Settings().state_db
    return db.open_state(file) if file.is_file() else None


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


@st.cache_data(ttl=MAX_AGE, max_entries=100, show_spinner=False)
def _listing(root: str, release_id: str, lang: str, name: str, arguments: tuple[str, ...]) -> Listing:
    return LISTINGS[name](_reader(root, release_id), lang, *arguments)


@st.cache_data(ttl=MAX_AGE, max_entries=20, show_spinner=False)
def _compared(root: str, release_id: str, before: str) -> compare.Comparison:
    return compare.compare(_reader(root, release_id), _reader(root, before))


@st.cache_data(ttl=MAX_AGE, max_entries=20, show_spinner=False)
def _movements(root: str, release_id: str) -> tuple[compare.Movement, ...]:
    earlier = [known for known in release_ids(Path(root)) if known <= release_id][-LOOKED_BACK:]
    changes = [change for before, now in pairwise(earlier) for change in _source_changes(root, now, before)]
    return compare.movements(_reader(root, release_id), changes)


@st.cache_data(max_entries=500, show_spinner=False)
def _source_changes(root: str, now: str, before: str) -> tuple[SourceChange, ...]:
    """Sources that indicators gained or lost between two releases; neither of them changes any more."""
    with closing(open_release(Path(root), now)) as newer, closing(open_release(Path(root), before)) as older:
        return compare.source_changes(newer, older)
