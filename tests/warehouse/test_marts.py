"""What dbt makes of a world in which things go wrong: incomplete crawls, genuine rows, revisions, duplicates."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from scrapers.items import Reject
from tests.warehouse.collection import add_collection
from tests.warehouse.make_release import BOARDS, STATISTICS, World, add_statistics, cell, posting, sha, source, words
from tests.warehouse.planted import (
    NEWS_READ,
    WORKS_READ_AGAIN,
    add_grants,
    add_record,
    add_sources,
    moment,
    news,
    work,
)
from warehouse.connection import opened

GENUINE = "greenhouse_boards"
DAYS = [date(2025, 4, 2) + timedelta(days=14 * index) for index in range(9)]


@pytest.fixture(scope="module")
def awkward(tmp_path_factory: pytest.TempPathFactory, dbt_target: Path) -> World:
    """Sample postings that must vanish beside genuine ones; boards that were not always read; one withdrawn cell."""
    world = World(tmp_path_factory.mktemp("awkward"), dbt_target)
    add_statistics(world)
    world.sources.append(source(GENUINE, "job_posting", redistribute=False))
    world.sources.append(source("private_statistics", "observation", redistribute=False))
    world.crawl(BOARDS, DAYS[0])
    world.list_between(posting(1, DAYS[0]), DAYS[:1])

    for index, day in enumerate(DAYS):
        # The second crawl was interrupted before it reached board "late".
        world.crawl(GENUINE, day, complete=index != 1, keys=["early"] if index == 1 else ["early", "late"])
    genuine = {"source_id": GENUINE, "is_sample": False, "published_on": DAYS[0]}
    # Set aside at the second crawl, and gone at the third.
    aside = posting(8, DAYS[0], board_id="early", posting_id="aside", **genuine)
    world.list_between(aside, DAYS[:1])
    refused = posting(8, DAYS[1], board_id="early", **genuine).model_dump(
        include={*Reject.model_fields} - {"record_id"}
    )
    world.rejects.append(
        Reject(**refused, record_kind="job_posting", record_id=aside.record_id, reason="text_too_long")
    )
    # Listed for several places without a text; read at the third crawl.
    listed = posting(9, DAYS[0], board_id="late", posting_id="told", **{**genuine, "title": "Zinc worker"})
    unread = {"text": "", "location_raw": "3 Locations", "is_luxembourg": False}
    world.list_between(listed.model_copy(update=unread), DAYS[:2])
    world.list_between(listed, DAYS[2:])
    same = {"employer": "Fiduciaire Exemple S.à r.l.", "text": posting(7, DAYS[0]).text}
    world.list_between(posting(2, DAYS[0], board_id="late", posting_id="gone", **genuine), DAYS[:1])
    world.list_between(posting(3, DAYS[0], board_id="early", posting_id="gone", **genuine), DAYS[:1])
    open_one = posting(4, DAYS[0], board_id="late", posting_id="open", **genuine)
    world.list_between(open_one, DAYS)
    world.emerge("latent planners", open_one)
    world.emerge("quillmesh", open_one.model_copy(update={"text": "A text that no posting has today."}))
    world.list_between(posting(5, DAYS[0], board_id="late", posting_id="arlon", **genuine, is_luxembourg=False), DAYS)
    titles = ("Analyste (H/F)", "Analyste (m/w/d) Ref. 2025-0042", "Analyste H/F/X")
    variants = [
        posting(10 + number, DAYS[0], board_id="early", **{**genuine, **same, "title": title})
        for number, title in enumerate(titles)
    ]
    world.link(*variants)
    for variant in variants:
        world.list_between(variant, DAYS[:3], ai_class="practitioner")

    add_sources(world)
    add_grants(world)
    add_record(world, work("sample", WORKS_READ_AGAIN))
    add_record(world, work("genuine", WORKS_READ_AGAIN, is_sample=False))
    add_record(world, news("n", NEWS_READ[0], moment(3, 20)))
    add_collection(world)

    private = cell(DAYS[0], "E_AI_TANY", "GE10", "CH", "2024", 9.9, source_id="private_statistics", is_sample=True)
    world.crawl("private_statistics", DAYS[0])
    world.records.append(private)
    world.build()
    return world


def rows(world: World, sql: str) -> list[tuple[Any, ...]]:
    with opened(world.warehouse_file, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_an_emerging_term_names_a_posting_that_holds_it(awkward: World) -> None:
    asked = "select term, texts_ai, texts_other, employers_ai, languages, example_record_id from marts.{} order by 1"
    assert rows(awkward, asked.format("mart_emerging_term")) == [
        ("latent planners", 7, 1, 4, ["en", "fr"], "greenhouse_boards:late:open"),
        ("quillmesh", 7, 1, 4, ["en", "fr"], None),
    ]


def test_sample_rows_leave_as_soon_as_their_kind_has_a_genuine_one(awkward: World) -> None:
    assert rows(awkward, "select distinct source_id, is_sample from core.core_posting") == [(GENUINE, False)]
    assert rows(awkward, "select count(*) from marts.mart_observation where is_sample")[0][0] > 0
    refused = rows(awkward, "select distinct source_id from marts.mart_quarantine")
    assert refused == [(GENUINE,)], "nor do refused sample ads count"
    assert rows(awkward, "select records, is_sample from marts.mart_source where source_id = 'greenhouse_sample'") == [
        (0, False)
    ]


def test_an_interrupted_crawl_closes_nothing_on_boards_it_did_not_reach(awkward: World) -> None:
    closed = dict(rows(awkward, "select board_id || ':' || posting_id, closed_on from core.core_posting"))
    assert closed["early:gone"] == DAYS[1]
    assert closed["late:gone"] == DAYS[2]
    assert closed["late:open"] is None


def test_an_ad_that_is_set_aside_is_still_listed(awkward: World) -> None:
    life = rows(awkward, "select last_seen_on, closed_on from core.core_posting where posting_id = 'aside'")
    assert life == [(DAYS[1], DAYS[2])]


def test_an_ad_that_is_listed_first_and_read_later_is_what_was_read(awkward: World) -> None:
    found = rows(
        awkward,
        "select text, location_raw, capture_id, first_seen_on, ai_class from marts.mart_posting "
        "inner join core.core_posting using (record_id, location_raw, capture_id, first_seen_on) "
        "where posting_id = 'told'",
    )
    assert found == [(words(9), "Luxembourg", sha(f"{GENUINE} late {DAYS[2]}"), DAYS[0], "none")]


def test_postings_outside_luxembourg_are_not_counted(awkward: World) -> None:
    assert rows(awkward, "select count(*) from core.core_posting where posting_id = 'arlon'") == [(0,)]


def test_variants_of_one_ad_are_one_opening(awkward: World) -> None:
    found = rows(awkward, "select postings, ai_class from core.core_opening where postings > 1")
    assert found == [(3, "practitioner")]


def test_a_revised_cell_keeps_both_vintages_and_is_logged(awkward: World) -> None:
    vintages = rows(
        awkward,
        "select value, known_to is null from marts.mart_observation where time_period = '2023' "
        "and series_key like '%.E_AI_TANY.PC_ENT.EU27_2020' and series_key like 'A.GE10.%' order by known_from",
    )
    assert vintages == [(8.0, False), (8.1, True)]
    logged = rows(
        awkward,
        "select old_value, new_value, known_from_old < known_from_new from marts.mart_revision "
        "where series_key = 'A.GE10.C10-S951_X_K.E_AI_TANY.PC_ENT.EU27_2020'",
    )
    assert logged == [(8.0, 8.1, True)]


def test_a_confidential_cell_is_neither_missing_nor_zero(awkward: World) -> None:
    found = rows(
        awkward,
        "select distinct value, obs_status from marts.mart_observation "
        "where series_key = 'A.GE250.C10-S951_X_K.E_AI_TANY.PC_ENT.LU'",
    )
    assert found == [(None, "C")]


def test_what_a_licence_forbids_to_pass_on_stays_in_the_core(awkward: World) -> None:
    assert rows(
        awkward, "select count(*) from core.core_observation_vintage where source_id = 'private_statistics'"
    ) == [(1,)]
    assert rows(awkward, "select count(*) from marts.mart_observation where source_id <> 'eurostat_isoc_eb_ai'") == [
        (0,)
    ]
    assert rows(awkward, "select count(*) from marts.indicator_value where geo = 'CH'") == [(0,)]


def test_the_running_quarter_is_not_published(awkward: World) -> None:
    # Watched from 2 April to 23 July: the second quarter is whole, the third is not.
    periods = rows(awkward, "select distinct period from marts.indicator_value where indicator_code = 'T1'")
    assert periods == [("2025-Q2",)]


def test_each_cell_can_be_followed_to_a_capture(awkward: World) -> None:
    captures = {row[0] for row in rows(awkward, "select distinct capture_id from marts.lineage")}
    known = {record.capture_id for record in awkward.records}
    assert captures
    assert captures <= known
    assert sha(f"{STATISTICS} 2025-12-20") in captures, "a current cell stands on the reading that changed it"


def test_a_sample_of_one_kind_leaves_when_that_kind_has_a_genuine_row(awkward: World) -> None:
    with opened(awkward.warehouse_file, read_only=True) as connection:
        found = connection.execute("select work_id from core.core_work where source_id = 'openalex_sample'").fetchall()
        assert found == [("genuine",)]
        assert connection.execute("select bool_and(is_sample) from core.core_grant").fetchall() == [(True,)]


def test_a_work_counts_once_over_catalogues(awkward: World) -> None:
    found = rows(
        awkward,
        "select record_id, doi, publication_year, is_counted, member_ids, sources from marts.mart_work "
        "where source_id <> 'openalex_sample' order by record_id",
    )
    assert found == [
        ("alex:W1", "10.5/one", 2024, True, ["alex:W1", "alex:W6", "repository:oai:1"], ["alex", "repository"]),
        ("alex:W3", "10.5/two", 2024, True, ["alex:W2", "alex:W3", "preprints:2301.00002"], ["alex", "preprints"]),
        ("alex:Wfive", "10.5/five", 2024, True, ["alex:Wfive"], ["alex"]),
        ("alex:Wfour", "10.5/four", 2024, True, ["alex:Wfour"], ["alex"]),
        ("repository:oai:2", None, 2024, False, ["repository:oai:2"], ["repository"]),
    ]


def test_each_definition_judges_only_what_it_can(awkward: World) -> None:
    found = rows(
        awkward,
        "select record_id, is_ai_topics, is_ai_topics_narrow, is_ai_concepts, is_ai_arxiv, is_ai_text "
        "from marts.mart_work where record_id in ('alex:W1', 'alex:W3', 'repository:oai:2') order by record_id",
    )
    assert found == [
        ("alex:W1", False, False, True, None, False),
        ("alex:W3", False, False, None, True, False),
        ("repository:oai:2", None, None, None, None, False),
    ]
    compared = "select n, yes_yes, yes_no, no_yes, no_no, agreement, kappa from marts.mart_definition_agreement where "
    pair = "definition_a = 'arxiv-cats' and definition_b = 'own-text' and period = "
    assert rows(awkward, f"{compared} {pair} '2024'") == [(1, 0, 1, 0, 0, 0.0, 0.0)]
    of_projects = "unit = 'project' and definition_a = 'cordis-esv' and period = 'all'"
    # Of four projects one is AI by the register alone.
    assert rows(awkward, compared + of_projects) == [(4, 2, 1, 0, 1, 0.75, pytest.approx(0.5))]
    assert rows(awkward, "select count(*) from marts.mart_definition_agreement where 'oecd-vc' in (definition_b)") == [
        (0,)
    ]
    counted = "select definition, n, k, weight_n, weight_k from marts.mart_definition_count where period = '2024' "
    assert rows(awkward, f"{counted} and unit = 'work' order by 1") == [
        ("arxiv-cats", 1, 1, 0.5, 0.5),
        ("oecd-concepts", 1, 1, 0.5, 0.5),
        ("openalex-topics", 4, 0, 2.0, 0.0),
        ("openalex-topics-1702", 4, 0, 2.0, 0.0),
        ("own-text", 4, 0, 2.0, 0.0),
    ]
    planned = "select definition from marts.mart_definition where status = 'planned' and waits_for <> '' order by 1"
    assert rows(awkward, planned) == [("ai-index-2025",), ("cset-classifier",), ("oecd-vc",)]


def test_an_institution_counts_as_the_one_that_took_its_place(awkward: World) -> None:
    found = rows(awkward, "select record_id, institution_id, institution, share from marts.mart_work_institution")
    assert found == [("alex:W1", "new", "Institute new", 0.5)]
    found = rows(awkward, "select organisation_id, stands_for_id from marts.mart_organisation order by 1")
    assert found == [("new", "new"), ("old", "new")]


def test_notices_of_luxembourg_in_their_versions_without_the_names_of_winners(awkward: World) -> None:
    found = rows(
        awkward,
        "select publication_number, is_latest, form, winners_total, is_ai_text, source_id from marts.mart_tender "
        "order by publication_number",
    )
    assert found == [
        ("1-2025", False, "competition", 0, True, "notices_too"),
        ("2-2025", True, "competition", 0, False, "notices"),
        ("3-2025", True, "result", 2, False, "notices"),
    ]
    assert "Someone Invented" not in str(rows(awkward, "select * from marts.mart_tender"))
    assert "Someone Invented" not in str(rows(awkward, "select * from core.core_tender"))


def test_calls_and_courses_leave_a_list_and_steps_a_dossier(awkward: World) -> None:
    found = rows(awkward, "select call_id, is_listed, last_deadline_on from marts.mart_funding_call order by 1")
    assert found == [("c1", True, date(2025, 10, 1)), ("c2", False, date(2025, 10, 1))]
    assert rows(awkward, "select course_id, is_listed from core.core_course") == [("k1", True)]
    assert rows(awkward, "select count(*) from marts.mart_course") == [(0,)], "its licence forbids to pass it on"
    found = rows(
        awkward,
        "select step_number, stage, is_last_step, is_ai_text, dossier_is_ai, dossier_title from marts.mart_legal_step "
        "order by step_number",
    )
    assert found == [
        (1, "filed", False, False, True, "Bill, filed"),
        (2, "opinion", False, True, True, "Bill, filed"),
        (3, "signed", True, False, True, "Bill, filed"),
    ]


def test_what_a_source_gives_is_counted_whatever_its_kind(awkward: World) -> None:
    found = dict(rows(awkward, "select source_id, records from marts.mart_source"))
    assert {name: found[name] for name in ("notices", "calls", "laws", "courses", "register")} == {
        "notices": 4,
        "calls": 2,
        "laws": 4,
        "courses": 1,
        "register": 3,
    }
    assert rows(awkward, "select reads from marts.mart_source where source_id in ('alex', 'notices') order by 1") == [
        ("increment",),
        ("whole",),
    ]
