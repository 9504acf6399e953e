"""What an edition reports: which changes are material, which series did not move, what was corrected, what to watch.

Belongs here: the rules of selection (tested, relevant, not yet announced, no break between), and the reason of
everything left out. Never here: wording, or how much a difference matters (materiality.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from publications import materiality, sources
from publications.headlines import Past, is_headline_series, standing
from publications.memory import Cited, Health, Memory, cell_of, fingerprint
from publications.sources import Recovery, SourceState
from warehouse.reading import adoption, cells
from warehouse.reading.adoption import HOME, UNION
from warehouse.reading.breaks import SourceChange, lies_behind_break
from warehouse.reading.compare import (
    OFFICIAL,
    CellKey,
    Comparison,
    Movement,
    compare,
    key_of,
    latest_period,
    movements,
    rows_of,
    source_changes,
)
from warehouse.reading.reader import ReleaseReader, Row, as_utc

MOST_CHANGES = 5
MOST_UNCHANGED = 3
MOST_REVISIONS = 3
MOST_CORRECTIONS = 4
RECENT_DAYS = 90  # a first edition tells only revisions of these last days
# Words that one entry takes, about, and what all entries together may take in an edition of 450 to 600 words.
WORDS = {"changes": 55, "unmoved": 50, "corrections": 38, "revisions": 22}
MOST_WORDS = 400
GIVES_WAY = (("revisions", 1), ("unmoved", 2), ("corrections", 2), ("changes", 4), ("unmoved", 1), ("changes", 3))
Why = Literal["test", "vintage", "new", "break", "first"]


@dataclass(frozen=True)
class Change:
    """One cell worth reporting, the value to set beside it, and why it counts as a change."""

    now: Row
    before: Row | None
    why: Why
    score: float = 1.0


@dataclass(frozen=True)
class Suppressed:
    """One changed cell that is not reported, with the reason and what it was judged by."""

    row: Row
    reason: str
    p_value: float | None = None
    size: float | None = None  # in units of the policy-relevant difference
    edition: int | None = None

    def as_json(self) -> dict[str, Any]:
        return cell_of(self.row, reason=self.reason, p_value=self.p_value, size=self.size, edition=self.edition)


@dataclass(frozen=True)
class Correction:
    """A value that an earlier edition gave and that no longer stands; ``now`` None: the release has no such cell."""

    cited: Cited
    now: Row | None


@dataclass(frozen=True)
class Selection:
    """All that an edition reports, in order of materiality, already cut to the most that are shown."""

    comparison: Comparison | None
    is_rollback: bool
    changes: tuple[Change, ...]
    standing: tuple[Change, ...]
    unmoved: tuple[Movement, ...]
    tests: int
    verdicts: Mapping[CellKey, bool]  # of the cells tested: whether they moved beyond noise
    corrections: tuple[Correction, ...]
    more_corrections: int
    revisions: tuple[Row, ...]
    more_revisions: int
    sources: tuple[SourceState, ...]
    recovered: tuple[Recovery, ...]
    source_changes: tuple[SourceChange, ...]
    suppressed: tuple[Suppressed, ...]
    breaks: tuple[SourceChange, ...]  # of sources, in this edition or an earlier one

    @property
    def is_first(self) -> bool:
        return self.comparison is None

    @property
    def is_quiet(self) -> bool:
        """True when an earlier edition exists and nothing since then is material: the edition then has four lines."""
        news = self.changes or self.revisions or self.corrections or self.source_changes or self.is_rollback
        return self.comparison is not None and not news

    @property
    def shown_tests(self) -> int:
        """How many of the tested cells the edition shows, moved or not."""
        items = self.standing if self.is_first else self.changes
        shown = {key_of(item.now) for item in items} | {key_of(move.now) for move in self.unmoved}
        return len(shown & set(self.verdicts))

    @property
    def troubled(self) -> tuple[SourceState, ...]:
        return tuple(state for state in self.sources if state.trouble is not None)


def select(
    reader: ReleaseReader,
    previous: ReleaseReader | None,
    now: datetime,
    *,
    health: Mapping[str, Health] | None = None,
    memory: Memory | None = None,
) -> Selection:
    """Choose what an edition of this release reports, compared with the release of the edition before."""
    memory = memory or Memory()
    comparison = compare(reader, previous) if previous is not None else None
    is_rollback = previous is not None and reader.info.published_at < previous.info.published_at
    changed_sources = source_changes(reader, previous) if previous is not None and not is_rollback else ()
    breaks = (*memory.changes, *changed_sources)
    fresh = None
    if comparison is not None:
        moved = [] if is_rollback else [*comparison.new, *(after for _, after in comparison.revised)]
        fresh = {key_of(row) for row in moved}
    moves = movements(reader, breaks, only=fresh)
    changes: list[Change] = []
    suppressed: list[Suppressed] = []
    if comparison is not None:
        changes, suppressed = material(reader, comparison, moves, memory, breaks, is_rollback=is_rollback)
    where_we_stand = [Change(row, before, "first") for row, before in standing(reader)] if comparison is None else []
    reported = changes[:MOST_CHANGES] if comparison is not None else where_we_stand[:MOST_CHANGES]
    said = {key_of(change.now) for change in reported}
    corrections = corrected(reader, memory, said)
    since = now - timedelta(days=RECENT_DAYS) if previous is None else None
    revisions = [] if is_rollback else new_revisions(reader, previous, corrections, since)
    unmoved = still(moves, said)
    room = fitted(min(len(changes), MOST_CHANGES), len(unmoved), len(corrections), len(revisions))
    suppressed += [Suppressed(change.now, "limit") for change in changes[room["changes"] :]]
    states = sources.states(reader, health or {}, now)
    return Selection(
        comparison=comparison,
        is_rollback=is_rollback,
        changes=tuple(changes[: room["changes"]]),
        standing=tuple(where_we_stand[:MOST_CHANGES]),
        unmoved=unmoved[: room["unmoved"]],
        tests=len(moves),
        verdicts={key_of(move.now): move.is_beyond_noise for move in moves},
        corrections=tuple(corrections[: room["corrections"]]),
        more_corrections=len(corrections) - room["corrections"],
        revisions=tuple(revisions[: room["revisions"]]),
        more_revisions=len(revisions) - room["revisions"],
        sources=states,
        recovered=sources.recoveries(memory, states),
        source_changes=changed_sources,
        suppressed=tuple(suppressed),
        breaks=breaks,
    )


def fitted(changes: int, unmoved: int, corrections: int, revisions: int) -> dict[str, int]:
    """How many entries of each kind an edition takes so that it can be read in its time; the rest is counted in it."""
    room = {
        "changes": changes,
        "unmoved": unmoved,
        "corrections": min(corrections, MOST_CORRECTIONS),
        "revisions": min(revisions, MOST_REVISIONS),
    }
    for kind, fewest in GIVES_WAY:
        while room[kind] > fewest and sum(WORDS[name] * count for name, count in room.items()) > MOST_WORDS:
            room[kind] -= 1
    return room


def material(
    reader: ReleaseReader,
    comparison: Comparison,
    moves: tuple[Movement, ...],
    memory: Memory,
    breaks: tuple[SourceChange, ...],
    *,
    is_rollback: bool,
) -> tuple[list[Change], list[Suppressed]]:
    """Changed cells that deserve a reader's minute, the most material first, and all the others with the reason."""
    tested = {key_of(move.now): move for move in moves}
    newest = {code: latest_period(frame) or "" for code, frame in reader.values().groupby("indicator_code")}
    is_new = {key_of(row) for row in comparison.new}
    past = Past(reader)
    found: list[Change] = []
    left_out: list[Suppressed] = []
    for row in [*comparison.new, *(after for _, after in comparison.revised)]:
        key, move = key_of(row), tested.get(key_of(row))
        before = move.before if move is not None else past.earlier(row)
        relevant = materiality.size(row, before) if cells.state(row) == "published" else None
        reason = _left_out(row, is_rollback=is_rollback)
        announced = memory.announced.get(key, {})
        announced_in = announced.get(fingerprint(row["value"]))
        why: Why | None = None
        if reason:
            pass
        elif announced_in is not None:
            reason = "cooldown"
        elif announced:
            reason = "revision"  # the same observation with another value: a correction, no second announcement
        elif move is not None:
            reason = "within_noise" if not move.is_beyond_noise else "below_relevance" if (relevant or 0) < 1 else ""
            why = "test"
        elif key not in is_new:
            reason = "revision"  # told among the corrections and revisions, if at all
        elif row["period"] < newest.get(row["indicator_code"], ""):
            reason = "older_period"
        elif before is not None and lies_behind_break(reader, row, before, breaks):
            reason, why = ("", "break") if _is_headline(row) else ("break", None)
        elif not _is_headline(row):
            reason = "detail"
        else:
            why = "vintage" if row["estimator"] == OFFICIAL else "new"
        if reason or why is None:
            p_value = move.p_value if move is not None else None
            left_out.append(Suppressed(row, reason, p_value, relevant, announced_in))
        else:
            found.append(Change(row, before, why, materiality.score(row, before, why)))
    left_out += [Suppressed(row, "rollback" if is_rollback else "removed") for row in comparison.removed]
    found.sort(key=lambda change: (-change.score, key_of(change.now)))
    kept: dict[tuple[str, str, str, str], Change] = {}
    for change in found:
        if kept.setdefault(_series(change.now), change) is not change:  # the same move over a wider window
            left_out.append(Suppressed(change.now, "same_series"))
    return list(kept.values()), left_out


def _series(row: Row) -> tuple[str, str, str, str]:
    """Identity of a cell without the width of its window."""
    return key_of({**row, "dimensions": {name: code for name, code in row["dimensions"].items() if name != "window"}})


def _left_out(row: Row, *, is_rollback: bool) -> str:
    """Why a changed cell is no candidate at all; empty if it is one."""
    if is_rollback:
        return "rollback"
    state = cells.state(row)
    if state != "published":
        return {"uncertain": "few_cases", "suppressed": "withheld"}.get(state, "no_value")
    if row["dimensions"].get("ai_class") == "mention":
        return "mention"  # counted publicly, but no demand
    if "measure" in row["dimensions"] and materiality.is_record(row):
        return "detail"
    return ""


def _is_headline(row: Row) -> bool:
    """True for the cells whose first value is news by itself: Luxembourg's and the EU's totals."""
    return row["geo"] in (HOME, UNION) and materiality.is_total(row)


def still(moves: tuple[Movement, ...], said: set[CellKey]) -> tuple[Movement, ...]:
    """Series tested and found within noise, totals first, one of each indicator before the second of any."""
    within = [move for move in moves if not move.is_beyond_noise and key_of(move.now) not in said]
    within.sort(
        key=lambda move: (
            not materiality.is_total(move.now),
            len(move.now["dimensions"]),
            not is_headline_series(move.now),
            key_of(move.now),
        )
    )
    seen: dict[str, int] = {}
    ranked = []
    for place, move in enumerate(within):
        code = str(move.now["indicator_code"])
        ranked.append((seen.get(code, 0), place, move))
        seen[code] = seen.get(code, 0) + 1
    ranked.sort(key=lambda item: item[:2])
    return tuple(move for _, _, move in ranked[:MOST_UNCHANGED])


def corrected(reader: ReleaseReader, memory: Memory, said: set[CellKey]) -> list[Correction]:
    """Values that an earlier edition gave and that are others now, as far as a reader can see; Luxembourg first.

    A cell that an edition reported as absent and that this one announces anew is an announcement, no correction.
    """
    if not memory.cited:
        return []
    current = {key_of(row): row for row in rows_of(reader.values())}
    found = []
    for key, cited in memory.cited.items():
        row = current.get(key)
        was = cells.state(cited.row)
        if _as_read(row) == _as_read(cited.row) or (key in said and was in ("missing", "suppressed")):
            continue
        found.append(Correction(cited, row))
    found.sort(
        key=lambda item: (
            item.cited.row["geo"] != HOME,
            len(item.cited.row["dimensions"]),
            tuple(-ord(letter) for letter in item.cited.row["period"]),
            key_of(item.cited.row),
        )
    )
    return found


def _as_read(row: Row | None) -> str:
    """A cell as a reader sees it: its value at the shown precision, or that it has none."""
    if row is None or cells.state(row) == "missing":
        return "missing"
    return "withheld" if cells.state(row) == "suppressed" else cells.value_text(row, "en")


def new_revisions(
    reader: ReleaseReader, previous: ReleaseReader | None, told: list[Correction], since: datetime | None = None
) -> list[Row]:
    """The publishers' revisions that the previous release did not know and that no correction tells already.

    ``since``: without an earlier edition to tell what is new, those known from this moment on.
    """

    def identity(row: Row) -> tuple[object, ...]:
        return (row["dataset_id"], row["series_key"], row["time_period"], as_utc(row["known_from_new"]))

    known = {identity(row) for row in rows_of(previous.revisions())} if previous is not None else set()
    corrected_cells = {
        (item.now["geo"], item.now["period"], fingerprint(item.now["value"])) for item in told if item.now is not None
    }
    return [
        row
        for row in adoption.revisions(reader)
        if identity(row) not in known
        and (since is None or ((learnt := as_utc(row["known_from_new"])) is not None and learnt >= since))
        and (row["dimensions"].get("geo"), row["time_period"], fingerprint(row["new_value"])) not in corrected_cells
    ]
