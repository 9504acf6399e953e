"""Wiring: one graph from the archive to the mail, with metadata, checks, pools and a job for all."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.automation_tick_evaluation_context import build_run_requests

from pipelines import assets, automation
from pipelines.definitions import JOB, build_definitions
from state.settings import Settings


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data root for all: dbt's project is parsed once for each."""
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def definitions(root: Path) -> dg.Definitions:
    settings = Settings(data=root, _env_file=None)  # type: ignore[call-arg]
    return build_definitions(settings)


def test_the_graph_runs_from_the_archive_to_the_mail(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    upstream = set(dg.AssetSelection.assets(assets.DIGEST).upstream().resolve(graph))
    assert {assets.SAMPLE, assets.CLASSIFIED, assets.INDICATORS, assets.RELEASE} <= upstream
    assert {dg.AssetKey(["archive", s]) for s in ("eurostat_isoc_eb_ai", "greenhouse_sample")} <= upstream
    assert {dg.AssetKey(["records", s]) for s in ("eurostat_isoc_eb_ai", "greenhouse_sample")} <= upstream
    assert {key for key in upstream if key.path[0] == "marts"}, "marts lie between the load and the release"


def test_every_asset_is_described_and_grouped(definitions: dg.Definitions) -> None:
    for spec in definitions.resolve_all_asset_specs():
        assert spec.description, spec.key
        assert spec.group_name not in {None, "default"}, spec.key


def test_the_job_takes_everything(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def(JOB)
    materializable = {spec.key for spec in definitions.resolve_all_asset_specs()}
    assert set(job.asset_layer.executable_asset_keys) == materializable


@pytest.mark.parametrize("mode", ["replay", "live"])
def test_what_is_asked_for_first_is_everything_but_the_digest(root: Path, mode: str) -> None:
    """Replay: at the first tick. Live: once every source was seen. A seed that was left out would never be built."""
    settings = Settings(data=root, mode=mode, contact="a@example.lu", _env_file=None)  # type: ignore[call-arg, arg-type]
    definitions, instance = build_definitions(settings), dg.DagsterInstance.ephemeral()
    graph = definitions.resolve_asset_graph()
    asked = dg.evaluate_automation_conditions(definitions, instance)
    if mode == "live":
        assert asked.total_requested == 0
        for key in graph.observable_asset_keys:
            instance.report_runless_asset_event(dg.AssetObservation(key, tags={"dagster/data_version": "v1"}))
        asked = dg.evaluate_automation_conditions(definitions, instance, cursor=asked.cursor)
    keys = {key for key in graph.materializable_asset_keys if asked.get_num_requested(key)}
    assert keys == graph.materializable_asset_keys - {assets.DIGEST}
    (run,) = build_run_requests(asked._requested_subsets, graph, run_tags={}, emit_backfills=False)  # type: ignore[arg-type]
    guarded = {key for key in graph.asset_check_keys if key.asset_key in keys}
    assert set(run.asset_check_keys or ()) == guarded, "a run that conditions start is checked like any other"
    again = dg.evaluate_automation_conditions(definitions, instance, cursor=asked.cursor)
    assert not [key for key in keys if again.get_num_requested(key)]


def test_what_starts_runs_is_on_from_the_start_and_nothing_is_late_that_no_clock_drives(root: Path) -> None:
    settings = Settings(data=root, mode="live", contact="a@example.lu", _env_file=None)  # type: ignore[call-arg]
    definitions = build_definitions(settings)
    sensors = {sensor.name: sensor for sensor in definitions.get_repository_def().sensor_defs}
    assert {"watch", automation.SENSOR, "end_dead_runs"} <= set(sensors)
    assert all(sensor.default_status == dg.DefaultSensorStatus.RUNNING for sensor in sensors.values())
    starters = {name for name, sensor in sensors.items() if sensor.targets}
    assert "watch" not in starters
    on_a_clock = {spec.key for spec in definitions.resolve_all_asset_specs() if spec.freshness_policy}
    assert on_a_clock == {assets.WATCH}


def test_checks_of_ours_and_of_dbt_guard_the_numbers(definitions: dg.Definitions) -> None:
    keys = {(key.asset_key.path[-1], key.name) for key in definitions.resolve_asset_graph().asset_check_keys}
    assert {
        ("current", "release_verifies"),
        ("current", "ai_share_is_plausible"),
        ("indicator_value", "record_files_are_whole"),
        ("greenhouse_sample", "crawl_succeeded"),
        ("greenhouse_sample", "enough_records"),
    } <= keys
    assert len(keys) > 30, "dbt's tests arrive as checks"


def test_whatever_writes_the_warehouse_shares_a_pool(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    written = {"raw", "staging", "core", "marts", "releases"}
    for key in (k for k in graph.materializable_asset_keys if k.path[0] in written):
        assert graph.get(key).pools == {assets.WRITER}, key


def test_asset_bodies_fit_on_a_screen() -> None:
    tree = ast.parse(inspect.getsource(assets))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, node.name


def test_a_source_in_trouble_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings_at: Callable[[Path], Settings]
) -> None:
    from pipelines import steps
    from scrapers.registry import source_by_id
    from scrapers.run import CrawlOutcome

    source = source_by_id("eurostat_isoc_eb_ai")
    failed = CrawlOutcome(source.id, "live", None, finish_reason="did not start", problem="the server refused")
    monkeypatch.setattr(steps, "crawl", lambda settings, source, run_id: failed)
    result = dg.materialize(
        [assets.crawl_asset(source, "live"), assets.records_asset(source, "live")],
        resources={"settings": settings_at(tmp_path)},
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert result.success
    outcome = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert not outcome["crawl_succeeded"].passed
    assert outcome["crawl_succeeded"].metadata["problem"].value == "the server refused"
