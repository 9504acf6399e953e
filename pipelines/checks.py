"""Checks of our own on assets, beside the dbt tests that arrive by themselves.

Belongs here: what must hold before people see a number. Never here: repairs.
"""

from __future__ import annotations

import dagster as dg

import warehouse.query
import warehouse.release
from pipelines import automation
from pipelines.assets import INDICATORS, RELEASE
from scrapers import records as record_files
from state.settings import Settings

IMPLAUSIBLE_SHARE = 0.25
"""An AI share of all new postings above this is a broken classifier, not a boom: published values lie at 2-5 %."""


# Of a run that conditions ask for, Dagster leaves out every check that was not asked for by name, as soon as one was;
# unless a check of these assets has a condition of its own: then all others ride along. This one's is for that.
@dg.asset_check(
    asset=RELEASE,
    blocking=True,
    automation_condition=automation.in_chain(),
    description="Every file and table of the current release has its digest.",
)
def release_verifies(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    problems = warehouse.release.verify(settings.releases)
    return dg.AssetCheckResult(passed=not problems, metadata={"problems": dg.MetadataValue.json(problems)})


@dg.asset_check(asset=RELEASE, description="The headline share of AI in new postings is within what can be true.")
def ai_share_is_plausible(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    worst = warehouse.query.query(
        settings.releases,
        "select max(value) as worst from indicator_value where indicator_code = 'T1' and cardinality(dimensions) = 0",
    )["worst"].iloc[0]
    value = 0.0 if worst is None or worst != worst else float(worst)
    return dg.AssetCheckResult(passed=value <= IMPLAUSIBLE_SHARE, metadata={"largest_share": value})


@dg.asset_check(
    asset=INDICATORS, blocking=True, description="Every record file still has the bytes it was written with."
)
def record_files_are_whole(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    problems = record_files.verify(settings.records)
    return dg.AssetCheckResult(passed=not problems, metadata={"problems": dg.MetadataValue.json(problems)})


ALL = [release_verifies, ai_share_is_plausible, record_files_are_whole]
