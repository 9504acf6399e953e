"""The command ``observatory``: thin over the rooms, one function a call of the contract.

Belongs here: arguments, exit codes, one-line errors. Never here: work, or SQL beyond what a user typed.
Exit codes: 0 done, 1 a failure, 2 wrong use, 3 nothing found (``decode``). No traceback without ``--debug``.
"""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pipelines.digest_cli import digest_app
from pipelines.source_cli import source_app
from pipelines.terminal import UsageError, err, out, settings_of
from state.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
release_app = typer.Typer(no_args_is_help=True, help="Immutable releases.")
app.add_typer(source_app, name="source")
app.add_typer(release_app, name="release")
app.add_typer(digest_app, name="digest")


class Mode(StrEnum):
    replay = "replay"
    live = "live"


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"


DataOption = Annotated[Path | None, typer.Option("--data", help="Data root; default OBSERVATORY_DATA or ./data.")]


@app.callback()
def common(
    context: typer.Context,
    data: DataOption = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """The LuxAI Observatory: evidence on Luxembourg's AI ecosystem, each number traceable to archived bytes."""
    context.obj = Settings(data=data) if data else Settings()
    DEBUG["on"] = debug


DEBUG = {"on": False}  # read by main() after a failure, when the context is gone


# -- the run -----------------------------------------------------------------------------------------------------------


@app.command()
def run(
    context: typer.Context,
    mode: Annotated[
        Mode | None, typer.Option(help="replay (default): offline, from the archive; live: ask publishers.")
    ] = None,
    select: Annotated[str | None, typer.Option(help="Dagster asset selection, e.g. 'archive/*+'.")] = None,
) -> None:
    """Materialise the graph once; publish a release if anything changed."""
    from pipelines import runner

    settings = settings_of(context, mode=mode.value if mode else None)
    raise typer.Exit(runner.run_and_report(settings, out, select=select))


@app.command()
def rebuild(context: typer.Context) -> None:
    """Everything after the archive, again, from the archive."""
    from pipelines import runner, steps

    settings = settings_of(context)
    if not settings.archive.exists():
        raise UsageError(f"there is no archive under {settings.root}; observatory run makes one")
    steps.remove_derived(settings)
    raise typer.Exit(runner.run_and_report(settings, out, crawl=False))


@app.command()
def up(
    context: typer.Context,
    port: int = 3000,
    dashboard_port: int = 8501,
    code_port: Annotated[int, typer.Option(help="Loopback port of the process that serves the definitions.")] = 4266,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on. Nobody signs in here: keep to loopback, or put a proxy before it."),
    ] = "127.0.0.1",
    only: Annotated[
        list[str] | None, typer.Option(help="code, dagster, daemon or dashboards; may be repeated. Default: all.")
    ] = None,
) -> None:
    """Dagster (web and daemon) and the dashboards together; Ctrl-C stops all."""
    from pipelines import up as service

    chosen = tuple(only or service.SERVICES)
    unknown = set(chosen) - set(service.SERVICES)
    if unknown:
        raise UsageError(f"--only takes {', '.join(service.SERVICES)}, not {', '.join(sorted(unknown))}")
    ports = {"port": port, "dashboard_port": dashboard_port, "code_port": code_port}
    raise typer.Exit(service.up(settings_of(context), out, host=host, only=chosen, **ports))


@app.command()
def health(context: typer.Context, port: int = 3000, dashboard_port: int = 8501) -> None:
    """One line on the running services, the release and sources in trouble; exit 1 if a service does not answer."""
    from pipelines import health as services

    found = services.check(settings_of(context), port, dashboard_port)
    out.print(found.line(), markup=False)
    raise typer.Exit(0 if found.is_well else 1)


# -- single payloads ---------------------------------------------------------------------------------------------------


class ListsFormats(typer.core.TyperCommand):
    """Help that names the formats; the table is loaded only when somebody asks."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        from scrapers.formats import FORMATS

        unseen = sorted(name for name, found in FORMATS.items() if not found.verified)
        with formatter.section("Formats"):
            formatter.write_text(" ".join(FORMATS))
        with formatter.section("Of these unverified: no real payload was seen"):
            formatter.write_text(" ".join(unseen))


@app.command(cls=ListsFormats)
def decode(
    format_: Annotated[str, typer.Argument(metavar="FORMAT")],
    file: Path,
    url: Annotated[str, typer.Option(help="Address the payload came from.")] = "",
) -> None:
    """One captured payload as records, JSON lines on stdout; rejects with reasons on stderr."""
    from pipelines.decoding import decode_file

    raise typer.Exit(decode_file(format_, file, url, sys.stdout, sys.stderr))


@app.command("survey")
def survey_(
    folder: Path,
    format_: Annotated[str | None, typer.Option("--format", help="Read every file as this format.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Every file of a folder through the decoders: its format, told by its marks; records, rejects, reason."""
    from pipelines.survey import show, survey
    from scrapers.formats import FORMATS

    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    if format_ is not None and format_ not in FORMATS:
        raise UsageError(f"no format {format_!r}; there are: {', '.join(sorted(FORMATS))}")
    raise typer.Exit(show(list(survey(folder, format_)), out, as_json))


@app.command()
def classify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="IN.jsonl")],
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="OUT.jsonl")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64)] = None,
    explained: Annotated[bool, typer.Option("--explain", help="Add why each text got its class.")] = False,
) -> None:
    """Language, AI class, skills with evidence, sector and occupation of texts."""
    from pipelines import payloads

    workers = workers or settings_of(context).workers
    raise typer.Exit(payloads.classify_file(file, output, workers, explained, sys.stdout, sys.stderr))


@app.command()
def claims(
    file: Annotated[Path, typer.Argument(metavar="IN.jsonl")],
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="OUT.jsonl")] = None,
) -> None:
    """Sums of money that texts tell of: one line a sum, with what it is, who gets it, and where it stands."""
    from pipelines import payloads

    raise typer.Exit(payloads.claims_file(file, output, sys.stdout, sys.stderr))


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Argument(metavar="GOLD.jsonl")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Draw the reliability diagram.")] = None,
) -> None:
    """The classifier against labels: precision, recall, specificity, F1 with 95 % intervals, and every error."""
    from pipelines import payloads

    payloads.evaluate_file(gold, as_json, plot, out)


# -- releases ----------------------------------------------------------------------------------------------------------


@release_app.command("list")
def release_list(context: typer.Context) -> None:
    """Every release; * is the current one."""
    import warehouse.release

    settings = settings_of(context)
    for item in warehouse.release.list_releases(settings.releases):
        mark = "*" if item.is_current else " "
        sample = "  sample" if item.is_sample else ""
        out.print(f"{mark} {item.release_id}  {item.tables.get('indicator_value', 0)} values{sample}", markup=False)


@release_app.command("show")
def release_show(context: typer.Context, release_id: Annotated[str | None, typer.Argument()] = None) -> None:
    """The manifest of a release."""
    import warehouse.release

    settings = settings_of(context)
    out.print_json(json.dumps(warehouse.release.show(settings.releases, release_id).manifest))


@release_app.command("verify")
def release_verify(context: typer.Context, release_id: Annotated[str | None, typer.Argument()] = None) -> None:
    """Hash every file and table of a release again."""
    import warehouse.release

    settings = settings_of(context)
    problems = warehouse.release.verify(settings.releases, release_id)
    for problem in problems:
        err.print(problem, markup=False)
    if problems:
        raise typer.Exit(1)
    out.print(f"{release_id or warehouse.release.current_id(settings.releases)}: every file and table has its digest")


@release_app.command("diff")
def release_diff(
    context: typer.Context, a: str, b: str, format_: Annotated[Format, typer.Option("--format")] = Format.table
) -> None:
    """Exactly the cells that differ between two releases."""
    import warehouse.release
    from pipelines import payloads

    settings = settings_of(context)
    cells = warehouse.release.diff(settings.releases, a, b)
    payloads.print_frame(payloads.what_differs(cells) if format_ is Format.table else cells, format_.value, out)
    if format_ is Format.table:
        out.print(f"{len(cells)} cells differ")


@release_app.command("rollback")
def release_rollback(context: typer.Context, release_id: str) -> None:
    """Make an earlier release the current one again."""
    import warehouse.release
    from warehouse.lock import writer

    settings = settings_of(context)
    with writer(settings.warehouse_file.parent):
        warehouse.release.rollback(settings.releases, release_id)
    out.print(f"current release: {release_id}")


@app.command()
def trace(
    context: typer.Context,
    code: str,
    geo: Annotated[str, typer.Option(help="Geography code.")] = "LU",
    period: Annotated[str | None, typer.Option(help="2025, 2025-Q3; default: the latest.")] = None,
    dimension: Annotated[list[str] | None, typer.Option("--dim", help="name=code; may be repeated.")] = None,
    release: Annotated[str | None, typer.Option()] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """One indicator value down to the archived bytes; hashes are checked on the way."""
    import warehouse.trace
    from scrapers.archive import Archive

    settings = settings_of(context)
    pairs = [item.partition("=") for item in dimension or []]
    if any(not sign for _, sign, _ in pairs):
        raise UsageError("--dim takes name=code, for instance --dim nace_section=K")
    found = warehouse.trace.trace(
        settings.releases,
        code,
        geo=geo,
        period=period,
        dimensions={name: value for name, _, value in pairs},
        release=release,
        prove=Archive(settings.archive).prove,
    )
    if as_json:
        out.print_json(json.dumps(found.to_dict(), default=str))
    else:
        for line in found.lines():
            out.print(line, markup=False)
    raise typer.Exit(0 if found.verified else 1)


@app.command()
def query(
    context: typer.Context,
    sql: str,
    release: Annotated[str | None, typer.Option()] = None,
    format_: Annotated[Format, typer.Option("--format")] = Format.table,
) -> None:
    """Read-only SQL on a release."""
    import warehouse.query
    from pipelines import payloads

    payloads.limit_memory()
    payloads.print_frame(warehouse.query.query(settings_of(context).releases, sql, release=release), format_.value, out)


@app.command()
def bench(context: typer.Context, name: Annotated[str | None, typer.Argument()] = None) -> None:
    """Speed of the parts that grow with the data, as ratios to a yardstick in the same run."""
    from pipelines.bench import NAMED_ONLY, SUITE

    known = {**SUITE, **NAMED_ONLY}
    if name is not None and name not in known:
        raise UsageError(f"no benchmark {name!r}; there are: {', '.join(known)}")
    table = Table("benchmark", "ours", "yardstick", "", "ratio", box=None)
    for run_one in [known[name]] if name else SUITE.values():
        for f in run_one(settings_of(context)):
            table.add_row(f.name, f"{f.ours:,.0f} {f.unit}", f.yardstick, f"{f.theirs:,.0f}", f"{f.ratio:.3f}")
    out.print(table)


def main() -> None:
    """Entry point: one line for an error that a user can act on, a traceback only with ``--debug``."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    try:
        app()
    except Exception as error:  # the border to people: everything becomes one line
        if DEBUG["on"]:
            raise
        text = " ".join(str(error).split()) or type(error).__name__
        err.print(f"observatory: {text}", markup=False)
        sys.exit(2 if isinstance(error, UsageError) else 1)


if __name__ == "__main__":
    main()
