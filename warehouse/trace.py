"""One published value down to the archived bytes it rests on.

Belongs here: following the chain within a release, and asking for the proof of each capture. Never here: reading the
archive (the proof is a callable that is handed in), or recomputing a value.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse import manifest
from warehouse.connection import in_memory, literal, quoted
from warehouse.digest import file_sha256
from warehouse.release import Release, find

PROVEN_AT_MOST = 2000  # distinct captures; beyond, evenly spaced ones are proven and the trace says how many
SHOWN = 5

Prove = Callable[[str], Any]


class TraceError(Exception):
    """There is no such value; the message is one line and says which there are."""


@dataclass(frozen=True)
class TracedModel:
    """One SQL model on the way, as it ran for this release."""

    name: str
    sha256: str
    sql: str


@dataclass(frozen=True)
class TracedRecord:
    """One record behind the value."""

    role: str
    record_id: str
    capture_id: str
    source_id: str
    locator: str = ""  # where in the capture it stands; empty in releases that did not hold it


@dataclass(frozen=True)
class TracedCapture:
    """One archived answer behind the value, read and hashed again."""

    capture_id: str
    verified: bool
    problem: str | None = None
    url: str = ""
    retrieved_at: str = ""
    source_id: str = ""
    crawl_id: str = ""
    warc: str = ""  # file relative to the archive, with the place of the record in it
    offset: int = 0
    length: int = 0
    is_reconstructed: bool = False
    reconstructed_from: str | None = None
    reviewed_on: str | None = None  # of a list of the project's own


@dataclass(frozen=True)
class Trace:
    """The chain of one value. ``problems`` is empty exactly if everything that was checked holds."""

    release_id: str
    definition: dict[str, Any]
    value: dict[str, Any]
    models: list[TracedModel]
    counts: dict[str, int]  # records by role
    records: list[TracedRecord]  # the first of each role
    captures: int  # distinct captures behind the value
    proven: list[TracedCapture]
    problems: list[str] = field(default_factory=list)
    read: int = 0  # a zero without records: how many records its period was searched in, whose captures are proven

    @property
    def withheld(self) -> bool:
        """True where the release gives a reason instead of a value: there is no number to prove."""
        return self.value["value"] is None

    @property
    def verified(self) -> bool:
        return not self.problems and (bool(self.proven) or self.withheld)

    def to_dict(self) -> dict[str, Any]:
        """The whole chain as JSON types."""
        return {**asdict(self), "verified": self.verified}

    def lines(self, *, sql: bool = False) -> list[str]:
        """The chain for a terminal, from the value down; with ``sql`` the models in full."""
        cell, what = self.value, self.definition
        where = " ".join(f"{key}={name}" for key, name in cell["dimensions"].items()) or "total"
        out = [
            f"{what['code']} · {what['name_en']} · {cell['geo']} · {cell['period']} · {where}",
            f"├─ value      {_said(cell)}",
            f"│             release {self.release_id}; known since {cell['known_from']}",
            f"├─ definition {what['formula']}",
            f"│             numerator: {what['numerator']}",
        ]
        if what["denominator"] and what["denominator"] != "None":
            out.append(f"│             denominator: {what['denominator']}")
        for model in self.models:
            out.append(f"├─ SQL        {model.name}, {len(model.sql.splitlines())} lines, sha256 {model.sha256[:12]}")
            out += [f"│             {line}" for line in model.sql.splitlines()] if sql else []
        for role, count in sorted(self.counts.items()):
            out.append(f"├─ records    {count} as {role}")
            mine = [record for record in self.records if record.role == role]
            out += [
                f"│             {record.record_id} from {record.capture_id[:12]}"
                + (f" at {record.locator}" if record.locator else "")
                for record in mine
            ]
            if count > len(mine):
                out.append(f"│             and {count - len(mine)} more")
        if self.read:
            out.append(f"├─ records    none stands behind this zero; {self.read} were read for it, and none is counted")
        rebuilt = [capture for capture in self.proven if capture.is_reconstructed]
        checked = "all" if len(self.proven) == self.captures else str(len(self.proven))
        if self.captures:
            out.append(f"├─ captures   {self.captures} distinct, {checked} read and hashed again")
        for capture in self.proven[:SHOWN]:
            out.append(f"│             {capture.capture_id[:12]} {capture.url} {capture.retrieved_at} {capture.warc}")
        if len(self.proven) > SHOWN:
            out.append(f"│             and {len(self.proven) - SHOWN} more")
        if rebuilt:
            origins = sorted({capture.reconstructed_from or "the project's own sample" for capture in rebuilt})
            out.append(
                f"├─ sample     {len(rebuilt)} of them reconstructed by the project, not given by a server, from: "
                + "; ".join(origins[:SHOWN])
            )
        own = sorted({capture.reviewed_on for capture in self.proven if capture.reviewed_on})
        if own:
            out.append(
                f"├─ own list   the project's own reviewed list, not given by a server; reviewed on {', '.join(own)}"
            )
        out += [f"├─ problem    {problem}" for problem in self.problems]
        verdict = "verified" if self.verified else "NOT verified"
        if self.verified and not self.proven:
            verdict = f"withheld ({self.value['suppressed_because']}): there is no number to prove"
        return [*out, f"└─ {verdict}"]


def trace(
    releases_root: Path,
    code: str,
    geo: str = "LU",
    period: str | None = None,
    dimensions: Mapping[str, str] | None = None,
    release: str | None = None,
    *,
    prove: Prove,
    at_most: int = PROVEN_AT_MOST,
) -> Trace:
    """Follow one value of a release; without ``period`` the newest settled one of the cell, as the faces show it.

    ``prove(capture_id)`` reads a capture's archived bytes, hashes them and answers with an object that has
    ``verified``, ``problem`` and where the bytes are (or None if the archive does not hold it); it may raise, which
    counts as a problem. Raises TraceError if the indicator is unknown or planned, or the release has no such cell.
    """
    chosen = find(releases_root, release)
    wanted = dict(sorted((dimensions or {}).items()))
    with in_memory() as connection:
        connection.execute(f"attach {literal(chosen.public_file)} as r (read_only)")
        # Public lineage names official records only and counts postings; the restricted part names them all.
        part = "r"
        if chosen.restricted_file.exists():
            connection.execute(f"attach {literal(chosen.restricted_file)} as s (read_only)")
            part = "s"
        definition = _definition(connection, code)
        value = _value(connection, code, geo, period, wanted)
        models = _models(connection, [*definition["counts"], definition["lineage"]])
        _collect_lineage(connection, part, definition, value)
        counts = dict(connection.execute("select role, count(*) from line group by role order by role").fetchall())
        records = _first_records(connection, _locators(connection))
        read = 0
        if value["value"] == 0 and not counts:
            read = _collect_searched(connection, part, definition, value)
        captures = [
            row[0] for row in connection.execute("select distinct capture_id from line order by capture_id").fetchall()
        ]
    step = max(1, -(-len(captures) // at_most))
    proven = [_proof(prove, capture_id) for capture_id in captures[::step]]
    problems = _release_problems(chosen)
    if part == "r" and (value["n"] is not None or value["k"] is not None):
        problems.append(f"the records behind this value are listed in {manifest.RESTRICTED}, which is not there")
    else:
        problems += _count_problems(value, counts)
        problems += [] if captures or value["value"] is None else ["no capture stands behind this value"]
    problems += [
        f"capture {capture.capture_id} ({capture.url or 'address unknown'}): {capture.problem or 'not verified'}"
        for capture in proven
        if not capture.verified
    ]
    return Trace(chosen.release_id, definition, value, models, counts, records, len(captures), proven, problems, read)


def _definition(connection: duckdb.DuckDBPyConnection, code: str) -> dict[str, Any]:
    rows = _dicts(connection, "select * from r.indicator where code = ?", [code])
    if not rows:
        known = ", ".join(row[0] for row in connection.execute("select code from r.indicator order by code").fetchall())
        raise TraceError(f"there is no indicator {code}; there are {known}")
    if rows[0]["status"] != "live":
        raise TraceError(f"{code} is planned and has no values: it waits for {rows[0]['waits_for']}")
    return rows[0]


def _value(
    connection: duckdb.DuckDBPyConnection, code: str, geo: str, period: str | None, wanted: Mapping[str, str]
) -> dict[str, Any]:
    cells = _dicts(
        connection,
        "select * from r.indicator_value where indicator_code = ? and geo = ? order by period desc",
        [code, geo],
    )
    if not cells:
        geos = connection.execute(
            "select distinct geo from r.indicator_value where indicator_code = ? order by geo", [code]
        ).fetchall()
        raise TraceError(f"{code} has no value for {geo}; it has {', '.join(row[0] for row in geos) or 'none at all'}")
    periods = sorted({cell["period"] for cell in cells})
    if period is not None and period not in periods:
        raise TraceError(f"{code} {geo} has no period {period}; it has {', '.join(periods)}")
    own = [cell for cell in cells if cell["dimensions"] == wanted and period in (None, cell["period"])]
    if own:
        return max(own, key=_rank)
    asked = ", ".join(f"{key}={name}" for key, name in wanted.items()) or "no dimension (the total)"
    there = sorted({"+".join(cell["dimensions"]) or "none" for cell in cells})
    example = max(cells, key=lambda cell: (not {"measure", "base"} & set(cell["dimensions"]), *_rank(cell)))
    dims = " ".join(f"--dim {name}={shlex.quote(value)}" for name, value in example["dimensions"].items())
    ready = " ".join(
        part for part in (f"observatory trace {code} --geo {geo} --period {example['period']}", dims) if part
    )
    raise TraceError(
        f"{code} {geo} has no cell for {asked}; its cells have the dimensions {', '.join(there)}; for instance: {ready}"
    )


def _rank(cell: Mapping[str, Any]) -> tuple[bool, bool, str, str]:
    """Order of cells, the one to show last: one with a value, settled (as Overview and the digest), the newest."""
    provisional = "p" in (cell["flags"] or "") and cell["estimator"] != "published"
    return cell["value"] is not None, not provisional, cell["period"], _json(cell["dimensions"])


def _models(connection: duckdb.DuckDBPyConnection, names: list[str]) -> list[TracedModel]:
    found = dict(connection.execute("select model, sql from r.model_sql").fetchall())
    return [
        TracedModel(name, hashlib.sha256(found[name].encode()).hexdigest(), found[name])
        for name in names
        if name in found
    ]


def _collect_lineage(
    connection: duckdb.DuckDBPyConnection, part: str, definition: Mapping[str, Any], value: Mapping[str, Any]
) -> None:
    """Temporary table ``line``: the records of the value, once each by role.

    Lineage is kept by single quarter and under the cell without window; denominators under the cell without its free
    dimensions. Both are undone here. Several measures of one set of records share its lineage; a measure that has
    records of its own names them under itself.
    """
    cell = {key: name for key, name in value["dimensions"].items() if key != "window"}
    if "measure" in cell and not _has_lines(connection, part, value, cell):
        del cell["measure"]
    base = {key: name for key, name in cell.items() if key not in definition["free_dimensions"]}
    width = int(definition["window_quarters"])
    if "window" in value["dimensions"]:
        width = int(value["dimensions"]["window"].removesuffix("q"))
    connection.execute(
        f"create temp table line as select distinct role, record_id, capture_id, source_id from {part}.lineage "
        "where record_id is not null and indicator_code = ? and geo = ? and list_contains(?, period) "
        "and cast(to_json(dimensions) as varchar) = case when role = 'denominator' then ? else ? end",
        [value["indicator_code"], value["geo"], quarters(value["period"], width), _json(base), _json(cell)],
    )


def _collect_searched(
    connection: duckdb.DuckDBPyConnection, part: str, definition: Mapping[str, Any], value: Mapping[str, Any]
) -> int:
    """Put what was read for a zero into ``line`` and say how many records that is.

    The nearest of: the records of the indicator's other cells of the period (all announcements of the month), the
    listed items of its sources in the period, those of every period (the whole register was read).
    """
    area = (value["indicator_code"], value["geo"])
    sources = list(definition["sources"])
    searched: list[tuple[str, list[Any]]] = [
        (f"{part}.lineage where indicator_code = ? and geo = ? and period = ?", [*area, value["period"]])
    ]
    for table in ("project", "announcement"):  # counts without a denominator; every other zero has its n
        searched.append((f"r.{table} where list_contains(?, source_id) and period = ?", [sources, value["period"]]))
        searched.append((f"r.{table} where list_contains(?, source_id)", [sources]))
    searched.append((f"{part}.lineage where indicator_code = ? and geo = ?", [*area]))
    for table, parameters in searched:
        connection.execute(
            "insert into line select distinct 'searched', record_id, capture_id, source_id "
            f"from {table} and record_id is not null",
            parameters,
        )
        count = connection.execute("select count(*) from line").fetchone()
        if count and count[0]:
            return int(count[0])
    return 0


def _has_lines(
    connection: duckdb.DuckDBPyConnection, part: str, value: Mapping[str, Any], cell: Mapping[str, str]
) -> bool:
    found = connection.execute(
        f"select 1 from {part}.lineage where indicator_code = ? and geo = ? and period = ? "
        "and cast(to_json(dimensions) as varchar) = ? limit 1",
        [value["indicator_code"], value["geo"], value["period"], _json(cell)],
    ).fetchone()
    return found is not None


def quarters(period: str, width: int) -> list[str]:
    """The ``width`` quarters that end with ``period`` ("2025-Q1", 2 gives 2024-Q4 and 2025-Q1); a year stays alone."""
    if width == 1 or "-Q" not in period:
        return [period]
    year, quarter = period.split("-Q")
    last = int(year) * 4 + int(quarter) - 1
    return [f"{index // 4}-Q{index % 4 + 1}" for index in range(last - width + 1, last + 1)]


def _json(dimensions: Mapping[str, str]) -> str:
    return json.dumps(dict(sorted(dimensions.items())), ensure_ascii=False, separators=(",", ":"))


def _first_records(connection: duckdb.DuckDBPyConnection, locators: Sequence[str]) -> list[TracedRecord]:
    rows = connection.execute(
        "select role, record_id, capture_id, source_id from line "
        "qualify row_number() over (partition by role order by record_id) <= ? order by role, record_id",
        [SHOWN],
    ).fetchall()
    return [
        TracedRecord(role, record_id, capture_id, source_id, _locator(connection, locators, record_id, capture_id))
        for role, record_id, capture_id, source_id in rows
    ]


def _locators(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of the release that say where a record stands in its capture."""
    rows = connection.execute(
        "select database_name, table_name from duckdb_columns() where column_name = 'locator' "
        "and database_name in ('r', 's') and table_name not like 'quarantine%' order by all"
    ).fetchall()
    return [f"{database}.{quoted(table)}" for database, table in rows]


def _locator(connection: duckdb.DuckDBPyConnection, tables: Sequence[str], record_id: str, capture_id: str) -> str:
    for table in tables:
        found = connection.execute(
            f"select locator from {table} where record_id = ? and capture_id = ? and locator <> '' limit 1",
            [record_id, capture_id],
        ).fetchone()
        if found:
            return str(found[0])
    return ""


def _proof(prove: Prove, capture_id: str) -> TracedCapture:
    try:
        proof = prove(capture_id)
    except Exception as error:  # whatever the archive says is a finding about this capture, not the end of the trace
        return TracedCapture(capture_id, False, f"{type(error).__name__}: {error}")
    if proof is None:
        return TracedCapture(capture_id, False, "the archive does not hold it")
    when = getattr(proof, "retrieved_at", None)
    return TracedCapture(
        capture_id=capture_id,
        verified=bool(proof.verified),
        problem=proof.problem,
        url=str(getattr(proof, "url", "") or ""),
        retrieved_at=_stamp(when) if isinstance(when, datetime) else str(when or ""),
        source_id=str(getattr(proof, "source_id", "") or ""),
        crawl_id=str(getattr(proof, "crawl_id", "") or ""),
        warc=str(getattr(proof, "warc", "") or ""),
        offset=int(getattr(proof, "offset", 0) or 0),
        length=int(getattr(proof, "length", 0) or 0),
        is_reconstructed=bool(getattr(proof, "is_reconstructed", False)),
        reconstructed_from=getattr(proof, "reconstructed_from", None),
        reviewed_on=getattr(proof, "reviewed_on", None),
    )


def _release_problems(release: Release) -> list[str]:
    """Whether the two database files are still what the manifest says."""
    recorded = manifest.read(release.path)["files"]
    return [
        f"release file {file.name} does not match its manifest"
        for file in (release.public_file, release.restricted_file)
        if file.exists() and file_sha256(file) != recorded[file.name]["sha256"]
    ]


def _count_problems(value: Mapping[str, Any], counts: Mapping[str, int]) -> list[str]:
    """Records found against the counts that were published."""
    pairs = (("n", "denominator"), ("k", "numerator"))
    return [
        f"published {name} is {value[name]}, but {counts.get(role, 0)} records stand behind it as {role}"
        for name, role in pairs
        if value[name] is not None and value[name] != counts.get(role, 0)
    ]


def _dicts(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> list[dict[str, Any]]:
    cursor = connection.execute(query, parameters)
    names = [column[0] for column in cursor.description or []]
    return [
        {name: _stamp(item) if isinstance(item, datetime) else item for name, item in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _said(cell: Mapping[str, Any]) -> str:
    """The value in words: number, unit, interval, counts, flags; or why there is none."""
    counts = "".join(f", {name} = {cell[name]}" for name in ("n", "k") if cell[name] is not None)
    flags = f", flags {cell['flags']}" if cell["flags"] else ""
    if cell["value"] is None:
        return f"withheld: {cell['suppressed_because']}{counts}{flags}"
    interval = f" [{cell['low']:.4g}, {cell['high']:.4g}] at {cell['level']:.0%}" if cell["low"] is not None else ""
    return f"{cell['value']:.6g} {cell['unit']}{interval}{counts}{flags}"
