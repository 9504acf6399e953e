"""Sensors: the watch, and runs whose process is gone.

Belongs here: Dagster's side of them. Never here: what starts a run (``pipelines.automation`` those that end in a
release, ``pipelines.schedule`` the digest's), looking (``pipelines.watch``), mail (``pipelines.alerts``).
"""

from datetime import UTC, datetime

import dagster as dg

from pipelines import assets, leftovers, steps, watch
from scrapers.registry import Source
from state.settings import Settings

DATA_VERSION = "dagster/data_version"
PULSE_SECONDS = 3600
LEFTOVERS_SECONDS = 60


def watch_sensor(settings: Settings, sources: tuple[Source, ...]) -> dg.SensorDefinition:
    """Looks at all sources that are due, in one child process, and reports new versions as observations."""

    @dg.sensor(
        name="watch",
        minimum_interval_seconds=settings.tick_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Looks at every source that is due and reports new versions. Starts nothing.",
    )
    def _watch(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now, instance = datetime.now(UTC), context.instance
        found = watch.tick(
            settings, sources, context.cursor, now, steps.look, lambda s: assets.collected_versions(instance, s)
        )
        seen = [
            dg.AssetObservation(
                assets.upstream_key(item.source),
                metadata={"upstream_at": item.look.upstream_at.isoformat() if item.look.upstream_at else "not said"},
                tags={DATA_VERSION: item.data_version},
            )
            for item in found.seen
        ]
        pulse = (
            [dg.AssetMaterialization(assets.WATCH, metadata={"looked_at": found.line})] if beats(instance, now) else []
        )
        reason = None if seen or pulse else dg.SkipReason(found.line if found.looked else "no source is due")
        if found.looked:
            context.log.info(found.line)
        return dg.SensorResult(asset_events=[*seen, *pulse], cursor=found.cursor, skip_reason=reason)

    return _watch


def beats(instance: dg.DagsterInstance, now: datetime) -> bool:
    """Whether the watch is due to note that it lives."""
    last = instance.get_latest_materialization_event(assets.WATCH)
    return last is None or now.timestamp() - last.timestamp >= PULSE_SECONDS


def leftovers_sensor(settings: Settings) -> dg.SensorDefinition:
    """Ends runs whose process was killed, so that their slots are free and their retry may start."""

    @dg.sensor(
        name="end_dead_runs",
        minimum_interval_seconds=min(LEFTOVERS_SECONDS, settings.tick_seconds * 2),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends runs whose process is gone and frees their slots. Starts nothing.",
    )
    def _leftovers(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        ended = leftovers.end_dead_runs(context.instance, settings)
        return dg.SkipReason(f"ended {', '.join(ended)}" if ended else "every run under way has its process")

    return _leftovers
