"""``observatory source``: what is registered, how it stands, and one polite look at a publisher.

Belongs here: arguments, exit codes, short reports. Never here: work, or judging a crawl (``scrapers.drift``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pipelines.terminal import UsageError, out, settings_of
from state.settings import Settings

if TYPE_CHECKING:
    from scrapers.registry import Source

source_app = typer.Typer(no_args_is_help=True, help="Registered sources.")


@source_app.command("list")
def source_list(
    context: typer.Context,
    kind: Annotated[str, typer.Option(help="Only sources of this kind of record, e.g. job_posting.")] = "",
) -> None:
    """Every registered source: what is known of it, and why it is not collected where it is not."""
    from pipelines import steps
    from scrapers.items import RECORD_KINDS

    if kind and kind not in RECORD_KINDS:
        raise UsageError(f"no kind of record {kind!r}; there are: {', '.join(RECORD_KINDS)}")
    table = Table("source", "publisher", "record", "modes", "access", "evidence", "format", "licence", box=None)
    sources = [source for source in steps.sources_of(settings_of(context)) if kind in ("", source.record)]
    for one in sources:
        modes = "disabled" if one.disabled else " ".join(sorted(one.modes))
        table.add_row(
            one.id, one.publisher, one.record, modes, one.access, one.evidence, format_said(one), one.licence.name
        )
    out.print(table)
    for one in sources:
        if one.disabled:
            out.print(f"{one.id} is disabled: {one.disabled}", markup=False)


@source_app.command("show")
def source_show(context: typer.Context, source_id: str) -> None:
    """One source: its registry entry, its crawls, its boards, and what is held back."""
    from pipelines import steps
    from scrapers.archive import Archive

    settings = settings_of(context)
    source = find_source(settings, source_id)
    out.print_json(json.dumps(steps.jsonable(source.model_dump(mode="json"))))
    out.print(f"evidence {source.evidence}; format {format_said(source)}", markup=False)
    if source.disabled:
        out.print(f"disabled: {source.disabled}", markup=False)
    crawls = Archive(settings.archive).crawls(source_id) if settings.archive.exists() else []
    out.print(f"{len(crawls)} crawls archived")
    for item in crawls[-5:]:
        state = "complete" if item.complete else "incomplete"
        out.print(
            f"  {item.crawl_id}  {item.finish_reason}  {state}  {item.captures} captures, {item.new_captures} new"
        )
    show_parts(settings, source)


def show_parts(settings: Settings, source: Source) -> None:
    """The boards and other parts of a source as their crawls are judged; unusual things; fields that nobody keeps."""
    from pipelines import steps
    from scrapers import profiles

    boards = profiles.declared(source)
    drift = steps.drift_of(settings, source) if settings.archive.exists() else None
    standings = dict(drift.standings) if drift is not None else {}
    names = sorted({*boards, *standings})
    if names:
        table = Table("part", "employer", "records", "usual", "last good", "state", box=None)
        for name in names:
            one, line = standings.get(name), boards.get(name, {})
            if one is None:
                table.add_row(name or "-", line.get("employer") or "-", "-", "-", "-", "not read yet")
                continue
            usual = "-" if one.usual is None else f"{one.usual:.0f}"
            good = f"{one.last_good_at:%Y-%m-%d %H:%M}" if one.last_good_at else "never"
            state = f"held since {one.since:%Y-%m-%d %H:%M}: {one.fall}" if one.fall and one.since else "as usual"
            table.add_row(name or "-", line.get("employer") or "-", str(one.records), usual, good, state)
        out.print(table)
    if drift is None:
        return
    for remark in drift.warnings:
        out.print(f"unusual  {remark}", markup=False)
    for field in drift.unknown:
        out.print(f"unknown  field {field.name}, since {field.first_seen_at:%Y-%m-%d}", markup=False)


def format_said(source: Source) -> str:
    """The format of a source, with a mark where its reader was not tried on a real answer."""
    from scrapers.formats import FORMATS

    known = FORMATS.get(source.format)
    return source.format if known is not None and known.verified else f"{source.format} (unverified)"


@source_app.command("check")
def source_check(context: typer.Context, source_id: str) -> None:
    """One polite live crawl: what changed upstream; robots, terms and opt-out state. The answers are archived.

    Of a disabled source whose address is unverified the first address alone, once: what is there. It is archived as a
    look, and never becomes records.
    """
    from pipelines import steps
    from scrapers.archive import Archive
    from scrapers.probe import may_be_probed

    settings = settings_of(context, mode="live")
    source = find_source(settings, source_id)
    if "live" not in source.modes:
        raise UsageError(f"{source_id} has no publisher to ask: it is {' '.join(source.modes)} only")
    if may_be_probed(source):
        raise typer.Exit(0 if probe_one(settings, source) else 1)
    if source.disabled:
        raise UsageError(f"{source_id} is disabled and asked of nobody: {source.disabled}")
    outcome = steps.crawl(settings, source)
    record = next((c for c in Archive(settings.archive).crawls(source_id) if c.crawl_id == outcome.crawl_id), None)
    out.print(f"access   {source.access}: {source.access_note}", markup=False)
    out.print(f"terms    {source.terms.url}  {source.terms.note}", markup=False)
    if record is not None:
        for host, verdict in sorted(record.robots.items()):
            out.print(f"robots   {host}: {verdict}", markup=False)
        answers = ", ".join(f"{count} x {status}" for status, count in sorted(record.statuses.items()))
        out.print(f"answers  {answers or 'none'}", markup=False)
    change = "unchanged" if outcome.unchanged else f"{outcome.new_captures} new captures"
    out.print(f"upstream {outcome.problem or change}", markup=False)
    raise typer.Exit(1 if outcome.problem else 0)


def probe_one(settings: Settings, source: Source) -> bool:
    """Ask for a source's first address and say what came; True for what its format can read."""
    from pipelines import steps
    from scrapers.probe import probe
    from scrapers.run import CrawlRefusedError

    try:
        found = probe(
            source,
            settings.archive,
            contact=settings.contact,
            host_map=settings.host_map or None,
            keys=steps.api_keys(settings),
        )
    except CrawlRefusedError as error:
        raise UsageError(str(error)) from error
    moved = f", answered by {found.answered_by}" if found.answered_by not in ("", found.url) else ""
    shown = found.format or f"none ({found.format_why})"
    lines = {
        "probe": f"{found.url}{moved}; the source is disabled: {source.disabled}",
        "access": f"{source.access}: {source.access_note}",
        "terms": f"{source.terms.url}  {source.terms.note}",
        **{f"robots {host}": verdict for host, verdict in sorted(found.robots.items())},
        "status": "no answer" if found.status is None else str(found.status),
        "format": f"{shown}; the source says {source.format}" if found.status is not None else "",
        "items": f"{found.items}, {found.rejects} set aside" if found.status == 200 else "",
        "newest": str(found.newest or "no date") if found.items else "",
        "result": found.problem or "it can be read; nothing of it was kept as records",
    }
    for name, line in lines.items():
        if line:
            out.print(f"{name:<8} {line}", markup=False)
    return found.problem is None


def find_source(settings: Settings, source_id: str) -> Source:
    from pipelines import steps

    sources = steps.sources_of(settings)
    source = next((s for s in sources if s.id == source_id), None)
    if source is None:
        raise UsageError(f"no source {source_id!r}; there are: {', '.join(s.id for s in sources)}")
    return source
