"""Works, grants and announcements from record files to published values: every figure of the planted world is known."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.warehouse.make_release import World, add_statistics, sha
from tests.warehouse.planted import (
    GRANTS,
    NEWS,
    NEWS_READ,
    WORKS,
    WORKS_READ_AGAIN,
    add_planted,
    add_record,
    grant,
)
from warehouse.connection import opened
from warehouse.release import Release, diff
from warehouse.trace import trace


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, dbt_target: Path) -> World:
    world = World(tmp_path_factory.mktemp("planted"), dbt_target)
    add_statistics(world)
    add_planted(world)
    world.build()
    return world


@pytest.fixture(scope="module")
def planted_release(planted: World) -> Release:
    published = planted.publish()
    assert published is not None
    return published


def rows(world: World, sql: str) -> list[tuple[Any, ...]]:
    with opened(world.warehouse_file, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def cell(world: World, code: str, period: str, dimensions: str = "{}") -> dict[str, Any]:
    with opened(world.warehouse_file, read_only=True) as connection:
        found = connection.execute(
            "select * from marts.indicator_value where indicator_code = ? and period = ? "
            "and cast(dimensions as varchar) = ?",
            [code, period, dimensions],
        )
        names = [column[0] for column in found.description or []]
        (row,) = found.fetchall()
        return dict(zip(names, row, strict=True))


def test_grants_are_summed_counted_and_shared_by_year_of_signature(planted: World) -> None:
    total = cell(planted, "I4", "2021")
    assert (total["value"], total["k"], total["unit"], total["estimator"]) == (1_050_000.0, 2, "EUR", "sum")
    assert total["low"] is None
    projects = cell(planted, "I4", "2021", "{measure=projects}")
    assert (projects["value"], projects["k"]) == (2.0, 2)
    assert (projects["low"], projects["high"]) == (pytest.approx(0.242, abs=0.001), pytest.approx(7.225, abs=0.001))
    coordinated = cell(planted, "I4", "2021", "{measure=coordinated}")
    assert (coordinated["value"], coordinated["n"], coordinated["k"], coordinated["flags"]) == (0.5, 2, 1, "u")
    largest = cell(planted, "I4", "2021", "{measure=largest_project}")
    assert largest["value"] == pytest.approx(700_000 / 1_050_000)


def test_a_year_without_an_ai_project_is_a_zero_and_a_project_without_signature_goes_by_its_start(
    planted: World,
) -> None:
    assert cell(planted, "I4", "2022", "{measure=projects}")["value"] == 0
    assert cell(planted, "I4", "2022")["value"] == 0
    assert rows(
        planted, "select count(*) from marts.indicator_value where indicator_code = 'I4' and period = '2022'"
    ) == [(2,)], "no share of nothing"
    assert cell(planted, "I4", "2023")["value"] == 100_000


def test_what_left_the_register_or_lies_elsewhere_is_not_counted(planted: World) -> None:
    listed = rows(planted, "select project_id, organisation_id, is_ai from marts.mart_project order by 1, 2")
    assert listed == [
        ("alpha", "sme", True),
        ("alpha", "uni", True),
        ("beta", "uni", True),
        ("gamma", "uni", True),
        ("other", "uni", False),
    ]


def test_an_amount_is_known_since_it_was_first_read_as_it_is(planted: World) -> None:
    found = dict(rows(planted, "select record_id, capture_id from core.core_grant"))
    assert found[f"{GRANTS}:alpha:uni"] == sha(f"{GRANTS} 2024-05-01"), "moved at the second reading"
    assert found[f"{GRANTS}:alpha:sme"] == sha(f"{GRANTS} 2023-02-01"), "read again unchanged"


def test_works_are_judged_by_two_definitions_each_on_what_it_can_judge(planted: World) -> None:
    topics = cell(planted, "R1", "2023", "{definition=openalex-topics}")
    # 120 works, of which one weighs 1 and the others 0.5.
    assert (topics["n"], topics["k"], topics["value"]) == (120, 30, pytest.approx(15 / 60.5))
    text = cell(planted, "R1", "2023", "{definition=own-text}")
    assert (text["n"], text["k"], text["value"]) == (135, 42, pytest.approx(21 / 68))
    assert text["low"] < text["value"] < text["high"]
    assert text["estimator"] == "bootstrap"
    left = cell(planted, "R1", "2023", "{measure=left_out}")
    assert (left["value"], left["n"]) == (15.0, 135)


def test_the_agreement_of_the_definitions_is_published_and_never_a_merged_count(planted: World) -> None:
    agreement = cell(planted, "R1", "2023", "{measure=agreement}")
    assert (agreement["n"], agreement["k"]) == (120, 98)  # 24 both, 6 topics only, 16 text only
    observed, chance = 98 / 120, (30 * 40 + 90 * 80) / 120**2
    assert agreement["value"] == pytest.approx((observed - chance) / (1 - chance))
    assert rows(
        planted, "select count(*) from marts.indicator_value where indicator_code = 'R1' and dimensions = map{}"
    ) == [(0,)]


def test_works_that_do_not_count_are_kept_apart_with_the_reason(planted: World) -> None:
    found = dict(rows(planted, "select work_id, is_counted from marts.mart_work where not starts_with(work_id, 'E')"))
    assert found["retracted"] is False
    assert found["review"] is False
    assert "moved" not in found
    assert "gone" not in found
    assert len({"doi_a", "doi_b"} & set(found)) == 1
    assert rows(
        planted,
        "select left_out_because, count(*) from marts.mart_work where left_out_because <> '' group by all order by 1",
    ) == [
        ("default_topic", 10),
        ("no_topic", 5),
    ]


def test_twelve_works_are_too_few_to_say(planted: World) -> None:
    few = cell(planted, "R1", "2022", "{definition=own-text}")
    assert (few["value"], few["suppressed_because"], few["n"]) == (None, "too_few", 12)


def test_months_are_counted_only_if_nothing_can_have_been_missed(planted: World) -> None:
    found = rows(
        planted,
        "select period, value, suppressed_because from marts.indicator_value "
        "where indicator_code = 'N1' and dimensions = map{} order by period",
    )
    assert found == [
        ("2026-03", None, "not_watched"),
        ("2026-04", 1.0, None),
        ("2026-05", None, "not_watched"),
        ("2026-06", None, "not_watched"),
        ("2026-07", 2.0, None),
        ("2026-08", None, "not_watched"),
    ]
    assert cell(planted, "N1", "2026-04", "{base=all}")["value"] == 4, (
        "an item of 23:00 UTC on 31 March is of April here"
    )


def test_one_page_under_two_addresses_is_one_announcement(planted: World) -> None:
    assert rows(planted, "select count(*) from core.core_announcement where page_url like '%l2/page%'") == [(1,)]


def test_one_story_under_two_addresses_and_in_two_languages_counts_once(planted: World) -> None:
    told = rows(
        planted,
        "select title, tellings, sources, is_ai from core.core_story where tellings > 1 order by title",
    )
    assert told == [("About a2", 3, [NEWS], False)]
    assert rows(planted, "select count(*) from core.core_announcement where month = date '2026-04-01'") == [(6,)]


def prove(capture_id: str) -> Any:
    return SimpleNamespace(verified=True, problem=None)


@pytest.mark.parametrize(
    ("code", "period", "dimensions", "captures"),
    [
        ("I4", "2021", {}, {(GRANTS, "2023-02-01"), (GRANTS, "2024-05-01")}),
        ("I4", "2021", {"measure": "projects"}, {(GRANTS, "2023-02-01")}),
        ("I4", "2021", {"measure": "coordinated"}, {(GRANTS, "2023-02-01")}),
        ("I4", "2021", {"measure": "largest_project"}, {(GRANTS, "2023-02-01")}),
        ("R1", "2023", {"definition": "openalex-topics"}, {(WORKS, "2024-03-01"), (WORKS, "2024-09-01")}),
        ("R1", "2023", {"definition": "own-text"}, {(WORKS, "2024-03-01"), (WORKS, "2024-09-01")}),
        ("R1", "2023", {"measure": "agreement"}, {(WORKS, "2024-03-01"), (WORKS, "2024-09-01")}),
        ("R1", "2023", {"measure": "left_out"}, {(WORKS, "2024-03-01"), (WORKS, "2024-09-01")}),
        ("N1", "2026-04", {}, {(NEWS, "2026-04-20")}),
        ("N1", "2026-07", {"base": "all"}, {(NEWS, "2026-08-03")}),
    ],
)
def test_every_value_ends_in_captures_that_were_counted(
    planted: World, planted_release: Release, code: str, period: str, dimensions: dict[str, str], captures: set[Any]
) -> None:
    found = trace(planted.releases, code, period=period, dimensions=dimensions, prove=prove)
    assert found.problems == []
    assert found.verified
    assert {capture.capture_id for capture in found.proven} <= {sha(f"{name} {day}") for name, day in captures}
    assert found.captures >= 1


@dataclass(frozen=True)
class Later:
    """The planted world a month later: read again without news, then with a new grant and under stricter licences."""

    world: World
    without_news: Release | None
    published: Release


@pytest.fixture(scope="module")
def later(
    planted: World, planted_release: Release, tmp_path_factory: pytest.TempPathFactory, dbt_target: Path
) -> Later:
    world = World(tmp_path_factory.mktemp("later"), dbt_target)
    add_statistics(world)
    add_planted(world)
    shutil.copytree(planted.releases, world.releases)
    # Everything stands as it stood: same works, same grants, same list.
    again = date(2026, 8, 20)
    for source_id in (WORKS, GRANTS, NEWS):
        world.crawl(source_id, again)
    for record in list(world.records):
        last = {WORKS: WORKS_READ_AGAIN, GRANTS: date(2024, 5, 1), NEWS: NEWS_READ[-1]}.get(record.source_id)
        if last is not None and record.retrieved_at.date() == last:
            moved = {"crawl_id": f"{again:%Y%m%d}T030000Z-{sha(str(again))[:8]}", "capture_id": sha(f"x {again}")}
            world.records.append(
                record.model_copy(update={**moved, "retrieved_at": record.retrieved_at.replace(2026, 8, 20)})
            )
    world.build()
    without_news = world.publish()
    add_record(world, grant("delta", "uni", again, topic_codes=["/23/47/297"], signed_on=date(2023, 7, 1)))
    for entry in world.sources:
        if entry["id"] in (WORKS, GRANTS, NEWS):
            entry["licence"]["redistribute"] = False
    world.build()
    published = world.publish()
    assert published is not None
    return Later(world, without_news, published)


def test_reading_again_without_news_is_no_release_and_news_is(planted_release: Release, later: Later) -> None:
    assert later.without_news is None
    changes = diff(later.world.releases, planted_release.release_id, later.published.release_id)
    assert set(changes["indicator_code"]) == {"I4"}
    assert set(changes["period"]) == {"2023"}


def test_what_may_not_be_passed_on_is_counted_and_not_listed(planted_release: Release, later: Later) -> None:
    assert planted_release.tables["project"] > 0
    assert planted_release.tables["announcement"] > 0
    assert (later.published.tables["project"], later.published.tables["announcement"]) == (0, 0)
    assert cell(later.world, "N1", "2026-07")["value"] == 2
    assert cell(later.world, "I4", "2021")["value"] == 1_050_000
    with opened(later.published.public_file, read_only=True) as connection:
        named = connection.execute("select count(*) from lineage where record_id like 'cordis%'").fetchone()
    assert named == (0,)
    with opened(later.published.restricted_file, read_only=True) as connection:
        assert connection.execute("select count(*) from announcement").fetchone() == (13,)


CURATED_TOTAL = 122_003_262.0  # in euro: the reviewed events that count, added up by hand


def event(world: World, name: str) -> dict[str, Any]:
    with opened(world.warehouse_file, read_only=True) as connection:
        found = connection.execute("select * from marts.mart_funding_event where event_id = ?", [name])
        names = [column[0] for column in found.description or []]
        return dict(zip(names, found.fetchone() or [], strict=True))


def test_announced_money_counts_once(planted: World) -> None:
    counted = "select sum(eur), count(*) from marts.mart_funding_event where counts_towards_totals"
    own = f"{counted} and event_id not like 'press-%'"
    assert rows(planted, own) == [(CURATED_TOTAL, 14)]
    assert rows(planted, counted) == [(CURATED_TOTAL + 3_000_000 + 200_000, 16)]
    machine = (
        "select sum(amount) from marts.mart_funding_event where is_whole and event_id in ('aif-lu', 'meluxina-ai')"
    )
    assert rows(planted, machine) == [(112_000_000.0,)]
    assert event(planted, "meluxina-ai")["left_out_because"] == "part_of aif-lu"
    assert event(planted, "aif-lu")["left_out_because"] == "kind total_budget"
    assert event(planted, "press-racks")["counts_towards_totals"]
    assert event(planted, "aif-seven")["left_out_because"] == "aggregate"
    assert event(planted, "mistral-def")["left_out_because"] == "not Luxembourg money"
    assert event(planted, "leko")["left_out_because"] == "no sum in euro: no exact day"
    assert event(planted, "press-jc")["left_out_because"] == "same_as jc2025"
    kinds = "select distinct amount_kind from marts.mart_funding_event where counts_towards_totals order by 1"
    assert rows(planted, kinds) == [("awarded",), ("contract",), ("raised",)]


def test_one_deal_with_three_dates_is_one_event_with_three_claims(planted: World) -> None:
    deal = event(planted, "oq-eib")
    assert (deal["claims"], deal["claims_standing"], deal["has_conflict"]) == (3, 3, False)
    assert (deal["happened_on"], deal["eur"], deal["left_out_because"]) == ("2025-12-16", 25_000_000.0, "kind proposed")
    told = "select happened_on, day_kind, stands from marts.mart_funding_claim where event_id = 'oq-eib' order by 1"
    assert rows(planted, told) == [
        ("2025-12-16", "approval", True),
        ("2025-12-18", "publication", True),
        ("2026-02-25", "announcement", True),
    ]


def test_a_contract_takes_the_place_of_an_estimate_and_both_are_shown(planted: World) -> None:
    told = (
        "select claim_id, amount, stands, superseded_by from marts.mart_funding_claim where event_id = 'meluxina-2020'"
    )
    assert rows(planted, f"{told} order by 1") == [
        ("meluxina-2019", 30_000_000.0, False, "meluxina-2020"),
        ("meluxina-2020", 30_400_000.0, True, None),
    ]
    machine = event(planted, "meluxina-2020")
    assert (machine["eur"], machine["claims_standing"], machine["counts_towards_totals"]) == (30_400_000.0, 1, True)


def test_sums_that_differ_stay_visible_and_count_once(planted: World) -> None:
    grant_in_two = event(planted, "google-snt")
    assert (grant_in_two["claims"], grant_in_two["has_conflict"], grant_in_two["eur"]) == (2, True, 500_000.0)
    assert grant_in_two["counts_towards_totals"]
    round_ = event(planted, "salonkee")
    assert (round_["eur"], round_["eur_low"], round_["eur_high"]) == (28_000_000.0, 28_000_000.0, 30_000_000.0)
    assert (round_["has_conflict"], round_["preferred_claim_id"]) == (True, "salonkee")


def test_dollars_are_turned_at_the_last_rate_before_their_day(planted: World) -> None:
    deal = event(planted, "press-dollars")
    assert (deal["amount"], deal["currency"], deal["eur"]) == (250_000.0, "USD", 200_000.0)
    assert rows(planted, "select currency, cast(day as varchar), rate from core.core_fx_rate order by 2") == [
        ("USD", "2026-06-05", 1.25),
        ("USD", "2026-06-08", 2.0),
    ]


def test_claims_are_published_with_their_descriptions(planted_release: Release) -> None:
    assert (planted_release.tables["funding_claim"], planted_release.tables["funding_event"]) == (65, 58)
