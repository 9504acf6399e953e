"""Wiring: one graph from the archive to the mail, with metadata, checks, pools and a job for all."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from pipelines import assets
from pipelines.definitions import JOB, build_definitions
from state.settings import Settings


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    settings = Settings(data=tmp_path_factory.mktemp("root"), _env_file=None)  # type: ignore[call-arg]
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
    monkeypatch.setattr(steps, "crawl", lambda settings, source: failed)
    result = dg.materialize(
        [assets.crawl_asset(source, "live"), assets.records_asset(source)],
        resources={"settings": settings_at(tmp_path)},
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert result.success
    outcome = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert not outcome["crawl_succeeded"].passed
    assert outcome["crawl_succeeded"].metadata["problem"].value == "the server refused"
