"""``observatory run``: the graph of ``pipelines.definitions`` in this process, then a short table for people.

Belongs here: instance, progress, the summary. Never here: what a step does (``pipelines.steps``).
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import dagster as dg
from filelock import FileLock
from rich.console import Console
from rich.table import Table

import warehouse.release
from pipelines import assets, dbt_project, leftovers, steps
from pipelines.definitions import JOB, build_definitions
from scrapers.registry import Source
from state.settings import Settings

INSTANCE_SETTINGS = Path(__file__).parents[1] / "deploy" / "dagster.yaml"


@contextmanager
def instance_of(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The installation's own Dagster instance, so that a run from the command line shows in the web interface."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(INSTANCE_SETTINGS, home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(home)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


@contextmanager
def alive_run(instance: dg.DagsterInstance, settings: Settings) -> Iterator[dict[str, str]]:
    """End what killed runs left open, then mark the coming run as alive; gives the tags that it must carry.

    A killed run keeps its pool slots, and without the daemon nobody frees them: the next run would wait for ever.
    """
    folder = settings.dagster_home / "alive"
    folder.mkdir(exist_ok=True)
    leftovers.end_dead_runs(instance, settings)
    name = f"{secrets.token_hex(8)}.lock"
    with FileLock(folder / name):
        yield {leftovers.ALIVE: name}
    (folder / name).unlink(missing_ok=True)


@contextmanager
def dbt_output(settings: Settings) -> Iterator[None]:
    """Send what dagster-dbt repeats of dbt's output to a log file: on the command line it would bury the summary."""
    logs = settings.dagster_home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "dbt.log").open("w", encoding="utf-8") as log, redirect_stdout(log):
        yield


def run_and_report(settings: Settings, out: Console, *, select: str | None = None, crawl: bool = True) -> int:
    """Run the graph once and print what happened. Gives the exit code: 1 if a step failed or a source had a problem."""
    started = time.monotonic()
    dbt_project.export_environment(settings)
    # Dagster warns of each check that a skipped step did not give; here a skip means that nothing is new.
    logging.getLogger("dagster._core.execution.plan").setLevel(logging.ERROR)
    definitions = build_definitions(settings)
    before = warehouse.release.current_id(settings.releases)
    with instance_of(settings) as instance, alive_run(instance, settings) as tags, dbt_output(settings):
        result = definitions.resolve_job_def(JOB).execute_in_process(
            instance=instance,
            tags=tags,
            raise_on_error=False,
            asset_selection=selection(definitions, select, crawl),
            run_config={"loggers": {"progress": {"config": {}}}},
        )
    active = steps.sources_of(settings, settings.mode)
    failed = list(failures(result))
    if select is None and not failed and is_skipped(result, assets.DIGEST):
        steps.publish_digest(settings)  # an edition may be due although no release is new
    problems = [*failed, *source_problems(result)]
    out.print(sources_table(result, active))
    for problem in problems:
        out.print(f"! {problem}", markup=False)
    out.print(where_to_look(settings, before, failed=bool(failed), seconds=time.monotonic() - started), markup=False)
    return 1 if problems else 0


def is_skipped(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> bool:
    """Whether an asset was left out because what it is made from gave nothing new."""
    return key not in {event.asset_key for event in result.get_asset_materialization_events()}


def selection(definitions: dg.Definitions, select: str | None, crawl: bool) -> list[dg.AssetKey] | None:
    """Asset keys to run; None is all of them."""
    if select is None and crawl:
        return None
    graph = definitions.resolve_asset_graph()
    chosen = dg.AssetSelection.from_string(select) if select else dg.AssetSelection.all()
    keys = chosen.resolve(graph)
    return sorted(key for key in keys if crawl or key.path[0] != "archive")


def failures(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    """One line for each failed step."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            cause = error.cause or error if error else None
            message = cause.message if cause else "failed"
            yield f"{event.step_key}: {' '.join(message.split())[:400]}"


def source_problems(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    """One line for each failed check: a source in trouble, or a test of the warehouse."""
    for check in result.get_asset_check_evaluations():
        if not check.passed:
            detail = check.metadata.get("problem") or check.metadata.get("problems")
            yield f"{check.check_name} ({'/'.join(check.asset_key.path)}): {detail.value if detail else 'failed'}"


def sources_table(result: dg.ExecuteInProcessResult, sources: tuple[Source, ...]) -> Table:
    """Per source: crawls, records and rejects so far, records that this run added, and whether anything was new."""
    table = Table("source", "crawls", "records", "new", "rejects", "state", box=None)
    reports = {
        "/".join(event.asset_key.path): event.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    for source in sources:
        metadata = reports.get("/".join(assets.records_key(source).path))
        if metadata is None:
            table.add_row(source.id, "-", "-", "-", "-", "not run")
            continue
        crawls, records, new, rejects, new_crawls = (
            metadata[name].value for name in ("crawls", "records", "new_records", "rejects", "new_crawls")
        )
        state = f"{new_crawls} new crawls" if new_crawls else "unchanged"
        table.add_row(source.id, f"{crawls}", f"{records:,}", f"{new:,}", f"{rejects:,}", state)
    return table


def where_to_look(settings: Settings, before: str | None, *, failed: bool, seconds: float) -> str:
    """The last lines of a run: what is current, and how to see it."""
    current = warehouse.release.current_id(settings.releases)
    if current is None:
        return f"No release yet. ({seconds:.0f} s)"
    if current == before and failed:
        head = f"Not published, because a step failed: release {current} stays. ({seconds:.0f} s)"
    elif current == before:
        head = f"Nothing new: release {current} stays. ({seconds:.0f} s)"
    else:
        head = f"Published release {current}. ({seconds:.0f} s)"
    mails = sorted(settings.outbox.rglob("*.html"))
    lines = [
        head,
        f"  pages   make up, then the address it prints (or: observatory {data_option(settings)}up)",
        *(f"  mail    {shown(path)}" for path in mails if current in str(path)),
        f"  proof   observatory {data_option(settings)}trace T1",
        f"  files   {shown(settings.releases / current)}",
    ]
    return "\n".join(lines)


def data_option(settings: Settings) -> str:
    return "" if settings.root == Path("data").resolve() else f"--data {shown(settings.root)} "


def shown(path: Path) -> str:
    """The path as a user would type it from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
