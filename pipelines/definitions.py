"""Assembly: one set of definitions for the web interface, the daemon, the command line and the tests.

Belongs here: putting together. Never here: a body. Nothing happens at import; ``defs`` is built when it is asked for.
"""

from __future__ import annotations

import dagster as dg
from dagster_dbt import DbtCliResource

from pipelines import alerts, assets, automation, checks, dbt_project, progress, schedule, sensors, steps
from state.settings import Settings
from warehouse import build

JOB = "observatory"


def build_definitions(settings: Settings) -> dg.Definitions:
    """Every asset, check and job of the observatory for one installation."""
    active = steps.sources_of(settings, settings.mode)
    models = assets.dbt_models(settings)
    watched = active if settings.mode == "live" else ()
    everything = [
        *([assets.watch_asset()] if watched else []),
        *(assets.upstream_asset(source) for source in watched),
        *([assets.sample_asset()] if settings.mode == "replay" else []),
        *(assets.crawl_asset(source, settings.mode) for source in active),
        *(assets.records_asset(source, settings.mode) for source in active),
        assets.classified_asset(active, settings.mode),
        assets.raw_tables(settings, active),
        models,
        assets.indicators_asset(models),
        assets.release_asset(),
        assets.digest_asset(),
    ]
    graph = dg.Definitions(
        assets=everything,
        asset_checks=checks.ALL,
        jobs=[dg.define_asset_job(JOB, selection=dg.AssetSelection.all(), executor_def=dg.in_process_executor)],
        sensors=[
            automation.conditions_sensor(settings.tick_seconds),
            *([sensors.watch_sensor(settings, watched)] if watched else []),
            sensors.leftovers_sensor(settings),
            *alerts.sensors(settings),
        ],
        # One process for a whole run: the multiprocess executor imports everything again for each step.
        executor=dg.in_process_executor,
        loggers={"console": dg.colored_console_logger, "progress": progress.progress_logger},
        resources={
            "settings": settings,
            "dbt": DbtCliResource(
                project_dir=str(build.PROJECT_DIR),
                profiles_dir=str(build.PROJECT_DIR),
                dbt_executable=dbt_project.dbt_executable(),
            ),
        },
    )
    return dg.Definitions.merge(graph, schedule.definitions(settings))


@dg.definitions
def defs() -> dg.Definitions:
    settings = Settings()
    dbt_project.export_environment(settings)
    return build_definitions(settings)
