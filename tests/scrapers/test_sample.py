"""The sample's ads: deterministic, in the promised shares, every trap present, employers invented, decodable."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from collections import Counter, defaultdict
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import orjson
import pytest

from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.items import JobPosting
from scrapers.registry import source_by_id
from scrapers.sample import SampleConflictError, SampleReport, build
from scrapers.sample.compose import compose
from scrapers.sample.crawls import BOARDS_SOURCE, CRAWLS, MISSED, NEW_BOARD, NEW_BOARD_FROM, crawl_days
from scrapers.sample.material import expand, load_material
from scrapers.sample.plan import AI_SHARES, LANGUAGE_SHARES, WORD_TRAPS, plan
from tests.shared import shared_path

SEED, SMALL = 7, 300
# What remains of names such as "Banque de Luxembourg".
_COMMON = {
    "banque",
    "lycée",
    "théâtre",
    "hôpitaux",
    "laboratoires",
    "brasserie",
    "services",
    "centre",
    "musée",
    "research",
    "fondation",
    "commune",
    "ville",
}
_LEGAL = re.compile(
    r"\b(s\.?a\.?|s\.? ?à ?r\.?l\.?|s\.?c\.?|asbl|luxembourg|luxemburg|group|research|the|de|du|des|la|le|les|et)\b"
)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleReport]:
    root = tmp_path_factory.mktemp("sample")
    return root, build(root, seed=SEED, openings=SMALL)


@pytest.fixture(scope="session")
def truth(small: tuple[Path, SampleReport]) -> dict[str, dict[str, Any]]:
    lines = (small[0] / "sample" / "truth.jsonl").read_bytes().splitlines()
    return {row["posting_id"]: row for row in map(orjson.loads, lines)}


@pytest.fixture(scope="session")
def decoded(small: tuple[Path, SampleReport]) -> tuple[dict[str, JobPosting], Counter[str]]:
    """Last record of each posting, and rejects by reason, over all crawls."""
    archive, source = Archive(small[0] / "archive"), source_by_id(BOARDS_SOURCE)
    records: dict[str, JobPosting] = {}
    rejects: Counter[str] = Counter()
    for crawl in archive.crawls(BOARDS_SOURCE):
        result = decode_crawl(archive, source, crawl.crawl_id)
        records |= {record.posting_id: record for record in result.records if isinstance(record, JobPosting)}
        rejects.update(reject.reason for reject in result.rejects)
    return records, rejects


def _digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def test_two_builds_give_equal_bytes(small: tuple[Path, SampleReport], tmp_path: Path) -> None:
    build(tmp_path, seed=SEED, openings=SMALL)
    assert _digests(tmp_path) == _digests(small[0])


def test_a_complete_sample_is_left_alone_and_another_is_refused(small: tuple[Path, SampleReport]) -> None:
    before = _digests(small[0])
    again = build(small[0], seed=SEED, openings=SMALL)
    assert not again.built
    assert "nothing to do" in str(again)
    assert again.postings == small[1].postings
    assert _digests(small[0]) == before
    with pytest.raises(SampleConflictError, match="holds another sample"):
        build(small[0], seed=SEED + 1, openings=SMALL)


def test_an_interrupted_build_is_completed(small: tuple[Path, SampleReport], tmp_path: Path) -> None:
    shutil.copytree(small[0], tmp_path, dirs_exist_ok=True)
    last = sorted((tmp_path / "archive" / BOARDS_SOURCE).glob("*.crawl.json"))[-1]
    last.unlink()
    (tmp_path / "sample" / "truth.jsonl").unlink()
    assert build(tmp_path, seed=SEED, openings=SMALL).built
    assert _digests(tmp_path) == _digests(small[0])


def test_shares_of_languages_and_classes_hold_at_full_size() -> None:
    openings = plan(load_material(), SEED)
    assert len(openings) == 4000
    languages = Counter(opening.lang for opening in openings)
    assert {lang: round(count / 4000, 3) for lang, count in languages.items()} == LANGUAGE_SHARES
    classes = Counter(opening.ai_class for opening in openings)
    for ai_class, share in AI_SHARES.items():
        assert classes[ai_class] / 4000 == pytest.approx(share, abs=0.002)
    plain = [opening for opening in openings if opening.ai_class == "none"]
    hard = [opening for opening in plain if set(opening.traps) & set(WORD_TRAPS)]
    assert len(hard) / len(plain) == pytest.approx(0.10, abs=0.01)


def test_ai_grows_slowly_and_employers_are_skewed() -> None:
    openings = plan(load_material(), SEED)
    ai = [opening.first_on.year * 4 + (opening.first_on.month - 1) // 3 for opening in openings if opening.is_ai]
    quarters = Counter(ai)
    first, last = sum(quarters[q] for q in sorted(quarters)[:4]), sum(quarters[q] for q in sorted(quarters)[4:])
    assert 1.0 < last / first < 2.2
    assert [quarters[q] for q in sorted(quarters)] != sorted(quarters.values())  # never an exact trend
    by_employer = [count for _, count in Counter(opening.employer.board for opening in openings).most_common()]
    assert sum(by_employer[:10]) > 0.3 * len(openings)
    assert len(by_employer) >= 78


def test_every_trap_is_present_at_full_size() -> None:
    found = {trap for opening in plan(load_material(), SEED) for trap in opening.traps}
    situations = {"repost", "multi_city", "belgian_province", "foreign_office", "remote_lu", "remote_abroad",
                  "empty_content", "efm_duplicate", "mixed_language", "ai_native_employer"}  # fmt: skip
    mentions = {"mention_boilerplate", "mention_recruitment", "mention_team", "mention_product"}
    assert set(WORD_TRAPS) | situations | mentions <= found


def test_ads_of_one_role_do_not_repeat_each_other() -> None:
    material = load_material()
    ads = [compose(material, opening, SEED) for opening in plan(material, SEED) if "empty_content" not in opening.traps]
    assert len({ad.content for ad in ads}) == len(ads)
    assert not [ad.title for ad in ads if re.search(r"[<>{}|@]", ad.title)]
    leftovers = re.compile(
        r"[{}|]|<(title|place|employer|langs|n|m|year|month|person|email|phone|honorific)>| @[a-z_]+"
    )
    assert not [ad.content for ad in ads if leftovers.search(ad.content)]
    lengths = sorted(len(re.sub(r"<[^>]+>", "", ad.content)) for ad in ads)
    assert lengths[len(lengths) // 20] > 900
    assert lengths[-1] < 4000


def test_decoder_reads_what_was_written(
    decoded: tuple[dict[str, JobPosting], Counter[str]], truth: dict[str, dict[str, Any]]
) -> None:
    records, rejects = decoded
    assert set(records) == set(truth)
    assert {"missing_title", "missing_id", "not_an_object"} <= set(rejects)
    assert all(record.is_sample and record.employer for record in records.values())
    differs = [r.location_raw for r in records.values() if r.is_luxembourg != truth[r.posting_id]["is_luxembourg"]]
    assert not differs
    for record in records.values():
        assert str(record.published_on) == truth[record.posting_id]["first_published_on"]
        assert bool(record.text) is ("empty_content" not in truth[record.posting_id]["traps"])


def test_truth_names_known_concepts_and_keeps_its_promises(truth: dict[str, dict[str, Any]]) -> None:
    with shared_path("facts/ai_skill_terms.csv").open(encoding="utf-8", newline="") as file:
        concepts = {row["concept_id"] for row in csv.DictReader(file)}
    for row in truth.values():
        assert set(row["skills"]) <= concepts
        assert bool(row["skills"]) is row["is_ai"] is (row["ai_class"] in ("user", "practitioner", "governance"))
        assert set(row["languages_required"]) <= {"EN", "FR", "DE", "LB"}
        if row["languages_required"]:
            assert row["lang"].upper() in row["languages_required"]
    clusters: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in truth.values():
        clusters[row["opening_id"]].append(row)
    efm = [rows for rows in clusters.values() if "efm_duplicate" in rows[0]["traps"]]
    assert efm
    assert all(len(rows) >= 2 and len({row["title"] for row in rows}) == len(rows) for rows in efm)
    gaps = [row["repost_gap_days"] for row in truth.values() if row["repost_gap_days"]]
    assert gaps
    assert all(10 <= gap <= 60 for gap in gaps)


def test_contacts_are_invented_and_there_to_be_scrubbed(
    decoded: tuple[dict[str, JobPosting], Counter[str]], truth: dict[str, dict[str, Any]]
) -> None:
    mails = {mail for record in decoded[0].values() for mail in re.findall(r"[\w.+-]+@[\w.-]+\w", record.text)}
    assert len(mails) > 30
    domains = {mail.split("@")[1] for mail in mails}
    assert all(re.fullmatch(r"([a-z]+\.)*example\.(lu|com)", domain) for domain in domains)
    phones = {
        p for record in decoded[0].values() for p in re.findall(r"(?:\+|00)\(?352[\d ]+|\(\+352\)[\d ]+", record.text)
    }
    assert phones
    assert all(re.search(r"(6[29]1 000 |20 00 00 )", phone) for phone in phones)
    assert any(row["has_contact"] for row in truth.values())


def test_crawls_have_a_gap_and_a_new_board(small: tuple[Path, SampleReport]) -> None:
    crawls = Archive(small[0] / "archive").crawls(BOARDS_SOURCE)
    assert len(crawls) == CRAWLS == len(crawl_days())
    assert {n for n, crawl in enumerate(crawls) if not crawl.complete} == set(MISSED)
    for number, crawl in enumerate(crawls):
        assert (NEW_BOARD in crawl.complete_keys) is (number >= NEW_BOARD_FROM)
        assert not set(MISSED.get(number, ())) & set(crawl.complete_keys)
        assert crawl.is_reconstructed
    assert sum(crawl.revisits for crawl in crawls) > CRAWLS  # unchanged boards are not stored again


def test_employers_are_invented() -> None:
    known: set[str] = set()
    with shared_path("facts/ecosystem_actors.csv").open(encoding="utf-8", newline="") as file:
        known |= {row["name"] for row in csv.DictReader(file)}
    with shared_path("facts/nace_cues.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            known |= set(re.split(r";", row["luxembourg_employers"]))
    names = {" ".join(_significant(name)) for name in known} - {""}
    single = {name for name in names if len(name) > 4 and " " not in name} - _COMMON
    for employer in load_material().employers:
        mine = _significant(employer.name)
        assert " ".join(mine) not in names, employer.name
        assert not set(mine) & single, employer.name
        close = [name for name in names if SequenceMatcher(None, name, " ".join(mine)).ratio() > 0.85]
        assert not close, (employer.name, close)


def _significant(name: str) -> list[str]:
    bare = re.sub(r"\([^)]*\)", " ", name.lower())
    return re.findall(r"[\w&'-]+", _LEGAL.sub(" ", bare)) or [""]


def test_there_are_enough_role_families() -> None:
    material = load_material()
    assert len(material.isco) >= 45
    assert all(any(name in speech.families for speech in material.speech.values()) for name in material.isco)


def test_values_are_filled_in_as_they_stand() -> None:
    import random

    assert expand("{a|a} <who> x", random.Random(1), {"who": "{b|c}"}) == "a {b|c} x"
