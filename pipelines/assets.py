"""Assets from the archive to the mail. A body calls one step, reports what is worth reading, and ends.

Belongs here: asset keys, dependencies, metadata, pools. Never here: work (``pipelines.steps``).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets

from pipelines import automation, dbt_project, steps
from pipelines.watch import original
from scrapers.registry import Source
from state.settings import Settings

WRITER = "warehouse_writer"  # courtesy between runs; the file lock in warehouse.lock is what guards
COLLECTED = "collected_version"  # of a crawl's materialization: the reported version that it brought in
WATCH = dg.AssetKey(["upstream", "watch"])
SAMPLE = dg.AssetKey(["archive", "sample"])
EVALUATION = dg.AssetKey(["models", "evaluation"])
FLOORS_HOLD = "model_holds_its_floors"
CLASSIFIED = dg.AssetKey(["classified", "job_posting"])
INDICATORS = dg.AssetKey(["marts", "indicator_value"])
RELEASE = dg.AssetKey(["releases", "current"])
DIGEST = dg.AssetKey(["publications", "digest"])


def crawl_key(source: Source) -> dg.AssetKey:
    return dg.AssetKey(["archive", source.id])


def records_key(source: Source) -> dg.AssetKey:
    return dg.AssetKey(["records", source.id])


def upstream_key(source: Source) -> dg.AssetKey:
    return dg.AssetKey(["upstream", source.id])


def upstream_keys(sources: Iterable[Source], mode: str) -> list[dg.AssetKey]:
    """What the watch observes; nothing in replay, where nobody is asked."""
    return [upstream_key(source) for source in sources] if mode == "live" else []


def upstream_asset(source: Source) -> Any:
    """The source as it stands with its publisher. Observable: observations of a plain spec never reach a condition."""

    @dg.observable_source_asset(
        key=upstream_key(source),
        group_name="upstream",
        description=f"{source.title}, as {source.publisher} has it now; the watch reports each new version.",
    )
    def _upstream(settings: dg.ResourceParam[Settings]) -> dg.DataVersion:
        return dg.DataVersion(steps.look_version(settings, source))

    return _upstream


def watch_asset() -> dg.AssetSpec:
    """The watch's own pulse: the one asset upstream of all that a clock drives, so the one that can be late."""
    return dg.AssetSpec(
        WATCH,
        group_name="upstream",
        description="Pulse of the watch: noted by its sensor once an hour while it looks.",
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=3)),
    )


def sample_asset() -> dg.AssetsDefinition:
    @dg.asset(
        key=SAMPLE,
        group_name="archive",
        kinds={"python"},
        automation_condition=automation.on_missing(RELEASE),
        description="The bundled, reconstructed sample.",
    )
    def _sample(settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
        report = steps.build_sample(settings)
        return dg.MaterializeResult(metadata=readable(vars(report)))

    return _sample


def crawl_asset(source: Source, mode: str) -> dg.AssetsDefinition:
    """The crawl of one source. A publisher's trouble is a failed check, not a failed run: the others go on."""

    @dg.asset(
        key=crawl_key(source),
        deps=[SAMPLE] if mode == "replay" else upstream_keys([source], mode),
        automation_condition=automation.on_new_version(RELEASE, is_watched=mode == "live"),
        group_name="archive",
        kinds={"scrapy"},
        pool=f"host_{(source.url_main.host or source.id).replace('.', '_')}",
        description=f"{source.title}, by {source.publisher}: every response as it came.",
        metadata={"licence": source.licence.name, "source": dg.MetadataValue.url(str(source.url_main))},
        check_specs=[dg.AssetCheckSpec("crawl_succeeded", asset=crawl_key(source))],
    )
    def _crawl(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
        # Before the crawl: a version that is reported while it runs is the next crawl's.
        version = observed_version(context.instance, upstream_key(source))
        outcome = steps.crawl(settings, source, context.run.run_id)
        context.log.info("%s: %s", source.id, outcome.problem or outcome.finish_reason)
        check = dg.AssetCheckResult(
            check_name="crawl_succeeded",
            passed=outcome.problem is None,
            metadata={"problem": outcome.problem or "none", "trouble": outcome.trouble or "none"},
        )
        metadata = readable(vars(outcome))
        if outcome.problem is None and version is not None:
            metadata[COLLECTED] = original(version)
        return dg.MaterializeResult(metadata=metadata, check_results=[check])

    return _crawl


def observed_version(instance: dg.DagsterInstance, key: dg.AssetKey) -> str | None:
    """The data version that the watch last reported."""
    found = instance.fetch_observations(key, limit=1).records
    observation = found[0].asset_observation if found else None
    return observation.data_version if observation else None


def collected_versions(instance: dg.DagsterInstance, source: Source) -> frozenset[str]:
    """Versions that the last crawl brought in: what was reported when it began, and what it found itself."""
    event = instance.get_latest_materialization_event(crawl_key(source))
    made = event.asset_materialization if event else None
    if made is None or "problem" in made.metadata:
        return frozenset()
    found = (made.metadata.get(COLLECTED), made.metadata.get("fingerprint"))
    return frozenset(str(entry.value) for entry in found if entry is not None)


def records_asset(source: Source, mode: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=records_key(source),
        deps=[crawl_key(source)],
        automation_condition=automation.after_crawl(RELEASE, upstream_keys([source], mode)),
        group_name="records",
        kinds={"parquet"},
        description=f"Records of {source.title}: decoded, scrubbed of contacts; what cannot be read is in quarantine.",
        check_specs=[dg.AssetCheckSpec("enough_records", asset=records_key(source))],
    )
    def _records(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
        report = steps.decode_new(settings, source)
        context.log.info("%s: %d new records, %d rejects", source.id, report.new_records, report.rejects)
        check = dg.AssetCheckResult(
            check_name="enough_records",
            passed=report.problem is None,
            metadata={"problem": report.problem or "none", "trouble": report.trouble or "none"},
        )
        metadata = readable(vars(report)) | {"dagster/row_count": report.records}
        return dg.MaterializeResult(metadata=metadata, check_results=[check])

    return _records


def classified_asset(sources: tuple[Source, ...], mode: str) -> dg.AssetsDefinition:
    """The model measured on its gold sets, then every new text read with it: one step, so that none is read without."""
    condition = automation.after_crawl(RELEASE, upstream_keys(sources, mode))
    specs = [
        dg.AssetSpec(
            EVALUATION,
            automation_condition=condition,
            group_name="classified",
            kinds={"spacy"},
            description="The present model version on the committed gold sets; measured once for each version.",
        ),
        dg.AssetSpec(
            CLASSIFIED,
            deps=[EVALUATION, *(records_key(s) for s in sources if s.record == "job_posting")],
            automation_condition=condition,
            group_name="classified",
            kinds={"spacy", "parquet"},
            description="Language, AI class, skills, sector, occupation, claims of money of texts; which are one ad; "
            "only new texts are read, and only employers with something new are compared.",
        ),
    ]
    floors = dg.AssetCheckSpec(
        FLOORS_HOLD, asset=EVALUATION, blocking=True, description="No figure is below its floor."
    )

    @dg.multi_asset(specs=specs, check_specs=[floors], name="classified")
    def _classified(settings: dg.ResourceParam[Settings]) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        verdict = steps.evaluated(settings)
        yield dg.MaterializeResult(asset_key=EVALUATION, metadata=readable(verdict.figures))
        below = {"below": dg.MetadataValue.json(list(verdict.below))}
        yield dg.AssetCheckResult(
            asset_key=EVALUATION, check_name=FLOORS_HOLD, passed=not verdict.below, metadata=below
        )
        read, linked = readable(vars(steps.classify_new(settings))), readable(vars(steps.link_new(settings)))
        metadata = read | {f"duplicates_{name}": value for name, value in linked.items()}
        yield dg.MaterializeResult(asset_key=CLASSIFIED, metadata=metadata)

    return _classified


def raw_key(table: str) -> dg.AssetKey:
    return dg.AssetKey(["raw", table])


def raw_tables(settings: Settings, sources: tuple[Source, ...]) -> dg.AssetsDefinition:
    """The load. Gives no output when nothing is new: every step after it is then skipped, and nothing is rewritten."""
    upstream = [CLASSIFIED, *(records_key(s) for s in sources)]
    specs = [
        dg.AssetSpec(
            raw_key(table),
            deps=upstream,
            automation_condition=automation.chain_head(RELEASE, upstream_keys(sources, settings.mode)),
            group_name="warehouse",
            kinds={"duckdb"},
            skippable=True,
            description=text,
        )
        for table, text in dbt_project.source_tables(settings).items()
    ]

    @dg.multi_asset(specs=specs, name="load", pool=WRITER)
    def _load(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.MaterializeResult]:
        if steps.is_current(settings):
            context.log.info("nothing new since the last release; the steps after this one are skipped")
            return
        report = steps.load(settings)
        for spec in specs:
            rows = report.rows.get(spec.key.path[-1], 0)
            metadata = {"dagster/row_count": rows, "files_new": report.new, "files_unchanged": report.unchanged}
            yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)

    return _load


class Translator(DagsterDbtTranslator):
    """dbt's sources are the tables that the load writes, so that lineage runs through."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return raw_key(dbt_resource_props["name"])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return "warehouse"

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition | None:
        return automation.in_chain()

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        """Seeds depend on nothing in dbt. Here they come after the load, so that a run builds the whole project."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        if unique_id.startswith("seed."):
            return spec.replace_attributes(deps=[raw_key("crawl")])
        return spec


def dbt_models(settings: Settings) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=dbt_project.manifest(settings), name="dbt_models", dagster_dbt_translator=Translator(), pool=WRITER
    )
    def _models(context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: dg.ResourceParam[Settings]) -> Any:
        arguments = ["build", "--exclude-resource-type", "unit_test"]  # unit tests belong to the test suite
        with steps.building(settings), dbt_project.run_target(settings, context.run.run_id) as target:
            yield from dbt.cli(arguments, context=context, target_path=target).stream()

    return _models


def indicators_asset(models: dg.AssetsDefinition) -> dg.AssetsDefinition:
    @dg.asset(
        key=INDICATORS,
        automation_condition=automation.in_chain(),
        deps=sorted(key for key in models.keys if key.path[0] == "marts"),
        group_name="indicators",
        kinds={"duckdb", "python"},
        pool=WRITER,
        description="Indicator values with intervals, flags and the reason where a cell is withheld.",
    )
    def _indicators(settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"dagster/row_count": steps.estimate(settings)})

    return _indicators


def release_asset() -> dg.AssetsDefinition:
    @dg.asset(
        key=RELEASE,
        automation_condition=automation.in_chain(),
        deps=[INDICATORS],
        group_name="releases",
        kinds={"duckdb"},
        pool=WRITER,
        description="An immutable, checksummed release; a new one only if its content changed.",
    )
    def _release(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata=readable(vars(steps.publish(settings, context.run.run_id))))

    return _release


def digest_asset() -> dg.AssetsDefinition:
    @dg.asset(
        key=DIGEST,
        deps=[RELEASE],
        group_name="publications",
        kinds={"jinja"},
        description="The edition of the week, each language as mail and as a page, in the outbox; issued once.",
    )
    def _digest(settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
        edition = steps.publish_digest(settings)
        return dg.MaterializeResult(metadata={"number": edition.number, "files": [file.name for file in edition.files]})

    return _digest


def readable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata from a report's fields: numbers and text as they are, everything else as JSON."""
    plain = (int, float, str, bool)
    return {
        key: value if isinstance(value, plain) else dg.MetadataValue.json(steps.jsonable(value))
        for key, value in values.items()
        if value is not None
    }
