"""CORDIS: the tables of a framework programme's projects, read twice and never held.

Belongs here: how the tables hang together, and which of many thousand projects become records. Never here: how a table
is laid out (``cordis_csv``, ``cordis_json``), what a column means (``cordis_records``).

Of the projects only those with a participant in ``params["country"]`` (Luxembourg, unless it says otherwise) become
records, one a participation, their partners abroad included: shares of a project need them all. So the organisations
are read twice, first to find these projects, then for their records; what is kept grows with these alone. How many
were read and left out is said in a note. A table of organisations that came alone is read too, then without projects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from scrapers.decoders.base import DecodeContext, Sink, UnreadableError
from scrapers.decoders.cordis_records import NOTHING, PROJECT_ID, About, Participations, country_of
from scrapers.decoders.tables import Broken

PROJECTS, ORGANISATIONS, TOPICS = "project", "organization", "euroscivoc"
NEEDED = {PROJECTS: ("id",), ORGANISATIONS: ("projectID",), TOPICS: ("projectID",)}
_MEMBER = re.compile(r"(?:cordis-[a-z0-9]{2,8}?[-_]?)?(project|organi[sz]ation|euroscivoc)s?\.(csv|json|xlsx)", re.I)
_NO_TABLE = {"not_cordis", "no_participations", "not_a_table", "not_json", "not_a_spreadsheet", "empty"}
_PACKED = (".zip", ".gz", ".7z", ".rar", ".tar")

Row = Mapping[str, str]
Keep = Callable[[str, str], bool]  # of the project's number and the row's country


class Tables(Protocol):
    """The tables of one file. ``members`` names them as the file does."""

    members: Mapping[str, str]

    def rows(self, table: str, keep: Keep, *, loud: bool) -> Iterator[tuple[str, Row] | tuple[str, Broken]]:
        """(where it stands, the row) of each row to keep, and of each that is broken.

        Remarks on a table and its unknown columns are said if ``loud``. Raises UnreadableError, also after rows.
        """


def members_of(names: Mapping[str, object] | list[str], ending: str) -> dict[str, str]:
    """Table -> member of a zip file that holds it, under the names of today and of older files."""
    found: dict[str, str] = {}
    for name in names:
        part = _MEMBER.fullmatch(name)
        if part and part[2].lower() == ending:
            table = part[1].lower().replace("organisation", ORGANISATIONS)
            found.setdefault(table, name)
    return found


def check_members(members: Mapping[str, str], names: Mapping[str, object], ending: str) -> None:
    """Raises UnreadableError (not_cordis) unless a zip file holds the tables that participations stand in."""
    missing = [f"{table}.{ending}" for table in (PROJECTS, ORGANISATIONS) if table not in members]
    if missing:
        held = ", ".join(sorted(names)[:8]) or "nothing"
        raise UnreadableError("not_cordis", f"the zip file holds {held}, but not {' and '.join(missing)}")


class Programme:
    """One file being read: first which projects have a participant in the country, then these projects."""

    def __init__(self, context: DecodeContext, sink: Sink) -> None:
        self.context, self.sink = context, sink
        self.parts = Participations(context, sink)
        self.about: dict[str, About] = {}

    def read(self, tables: Tables, names: Mapping[str, object]) -> None:
        """All tables of a zip file, whose members have these names."""
        wanted: set[str] = set()
        every: set[int] = set()

        def look(project: str, country: str) -> bool:
            project = project.strip()
            if PROJECT_ID.fullmatch(project):
                every.add(int(project))
                if country_of({"country": country}) == self.parts.country:
                    wanted.add(project)
            return False

        for _ in self._rows(tables, ORGANISATIONS, look, loud=False):
            pass
        self._read_projects(tables, wanted)
        if TOPICS in tables.members:
            for _, row in self._rows(tables, TOPICS, lambda project, _: project.strip() in wanted):
                self.parts.add_topic(
                    row["projectID"].strip(), row.get("euroSciVocCode") or row.get("euroSciVocPath") or ""
                )
        else:
            self.sink.note("the file has no table of EuroSciVoc topics")
        read = kept = 0

        def take(project: str, country: str) -> bool:
            nonlocal read, kept
            read += 1
            if project.strip() in wanted:
                kept += 1
                return True
            return False

        for where, row in self._rows(tables, ORGANISATIONS, take):
            self.parts.add(where, row, self.about.get(row["projectID"].strip(), NOTHING))
        self.parts.note_selection(read, len(every), kept, len(wanted))
        self.parts.note_persons()
        for name in sorted(names):
            if name.endswith(_PACKED):
                self.sink.note(f"a packed file within the zip, {name[:80]!r}, is not opened")

    def read_one(self, tables: Tables) -> None:
        """Every participation of a table that came alone: without a zip nobody asked for one country's projects."""
        asked = "country" in self.context.params

        def take(project: str, country: str) -> bool:
            return not asked or country_of({"country": country}) == self.parts.country

        for where, row in self._rows(tables, ORGANISATIONS, take):
            self.parts.add(where, row, NOTHING)
        self.sink.note("a single table: projects and topics are not known")
        self.parts.note_persons()

    def _read_projects(self, tables: Tables, wanted: set[str]) -> None:
        for where, row in self._rows(tables, PROJECTS, lambda project, _: project.strip() in wanted):
            project = row["id"].strip()
            if project in self.about:
                self.sink.reject(where, "duplicate_project", f"project {project} stands twice")
                continue
            self.about[project] = self.parts.about(where, row)
        missing = len(wanted - self.about.keys())
        if missing:
            self.sink.note(f"project of a participation is missing in {tables.members[PROJECTS]}", times=missing)

    def _rows(self, tables: Tables, table: str, keep: Keep, *, loud: bool = True) -> Iterator[tuple[str, Row]]:
        """Good rows of a table; bad ones are rejected, once (``loud``), and damage ends the table, not the file."""
        try:
            for where, row in tables.rows(table, keep, loud=loud):
                if not isinstance(row, Broken):
                    yield where, row
                elif loud:
                    self.sink.reject(where, row.reason, row.detail)
        except UnreadableError as error:
            if error.reason in _NO_TABLE and table != TOPICS:
                raise
            if loud:
                self.sink.reject(tables.members[table], error.reason, error.detail)
