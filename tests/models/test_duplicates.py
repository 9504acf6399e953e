"""Duplicates of ads: what is folded, what is flagged, what stays apart; labelled pairs; files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.duplicate_store import SCHEMA, duplicate_folder, link_duplicates
from models.duplicate_text import read_texts, title_key
from models.duplicates import COLUMNS, find_duplicates
from models.evaluate_pairs import score_duplicates
from models.store import text_key

TASKS = (
    "Vous tenez la comptabilité de trente sociétés commerciales.\nVous préparez les déclarations de TVA chaque mois.\n"
    "Vous répondez aux demandes de l'administration et des réviseurs.\nVous encadrez deux apprentis pendant leur stage."
)


def ads(*rows: dict[str, object]) -> pd.DataFrame:
    usual = {
        "employer": "Fiduciaire Valmontet S.à r.l.",
        "title": "Comptable (H/F)",
        "place": "Luxembourg",
        "text": TASKS,
        "first_seen_on": date(2025, 3, 3),
        "last_seen_on": date(2025, 3, 31),
        "source_id": "board",
    }
    return pd.DataFrame([usual | {"record_id": chr(ord("a") + i)} | row for i, row in enumerate(rows)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Comptable (H/F)", "Comptable (m/w/d) - Réf. 2025-114"),
        ("Éducatrice diplômée", "Éducateur/trice diplômé(e)"),
        ("Infirmier / Infirmière 80 % CDI", "Infirmièr·e"),
        ("MitarbeiterIn Buchhaltung (all genders)", "Mitarbeiter:in Buchhaltung"),
        ("Kaufmann/-frau für Büromanagement", "Kauffrau für Büromanagement"),
        ("Comptable - Esch-sur-Alzette", "Comptable (Esch/Alzette)"),
        ("Redakter am Sekretariat", "Redaktesch am Sekretariat"),
        ("Juriste (réf. E00031200)", "Juriste (réf. F00031201)"),
    ],
)
def test_titles_of_one_job_have_one_key(one: str, other: str) -> None:
    assert title_key(one, "Esch-sur-Alzette") == title_key(other, "Esch-sur-Alzette")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Comptable junior", "Comptable senior"),
        ("IT Support Level 1", "IT Support Level 2"),
        ("C Developer", "C++ Developer"),
        ("Sales Manager France", "Sales Manager Germany"),
        ("Technicien frigoriste", "Technicien chauffagiste"),
        ("R&D Engineer", "Engineer"),
    ],
)
def test_titles_of_two_jobs_have_two_keys(one: str, other: str) -> None:
    assert title_key(one) != title_key(other)


def test_each_posting_says_what_it_is_to_the_first_one() -> None:
    found = find_duplicates(
        ads(
            {},
            {"place": "Esch-sur-Alzette", "title": "Comptable - Esch-sur-Alzette"},
            {"first_seen_on": date(2025, 4, 20), "last_seen_on": date(2025, 5, 1)},
            {"source_id": "portal", "employer": "FIDUCIAIRE VALMONTET SARL"},
            {"title": "Comptable (m/w/d)"},
            {"first_seen_on": date(2025, 9, 1), "last_seen_on": date(2025, 9, 9)},
            {"employer": "Cabinet Delorme"},
        )
    )
    assert list(found.columns) == list(COLUMNS)
    assert found["cluster_id"].tolist() == ["a", "a", "a", "a", "a", "f", "g"]
    assert found["relation"].tolist() == [
        "distinct",
        "multi_city",
        "repost",
        "portal_copy",
        "gender_variant",
        "distinct",
        "distinct",
    ]


def test_equal_ads_in_any_order_give_equal_clusters() -> None:
    frame = ads({}, {"title": "Comptable"}, {"title": "Juriste"}, {"text": ""}, {"text": "", "place": "Wiltz"})
    shuffled = frame.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(find_duplicates(frame), find_duplicates(shuffled))


def test_record_ids_are_unique() -> None:
    frame = ads({}, {}).assign(record_id="a")
    with pytest.raises(ValueError, match="not unique"):
        find_duplicates(frame)


def test_sentences_that_an_employer_repeats_under_many_titles_count_for_nothing() -> None:
    shell = "\n".join(f"La maison offre à chacun l'avantage numéro {word}." for word in TASKS.split()[:20])
    tasks = {
        "Comptable": ("Tenir les comptes de la division sud.", "Suivre les crédits européens du pont mobile."),
        "Juriste": ("Rédiger des avis.",),
        "Huissier": ("Accueillir les visiteurs.",),
        "Archiviste": ("Classer les plans.",),
    }
    rows = [{"title": t, "text": f"{shell}\n{said}"} for t, each in tasks.items() for said in each]
    alone = find_duplicates(ads(*rows[:2]))["cluster_id"].nunique()
    assert (alone, find_duplicates(ads(*rows))["cluster_id"].nunique()) == (1, 5)


def test_an_ad_without_employer_joins_the_only_one_that_says_the_same() -> None:
    text = f"{TASKS}\nVous aimez les chiffres, le contact avec la clientèle et le travail bien fait en petite équipe."
    hidden = {"employer": "", "source_id": "aggregator", "text": text}
    assert find_duplicates(ads({"text": text}, hidden))["cluster_id"].tolist() == ["a", "a"]
    rival = {"employer": "Cabinet Delorme", "text": text}
    assert find_duplicates(ads({"text": text}, hidden, rival))["cluster_id"].nunique() == 3


def test_ads_that_say_neither_employer_nor_work_stay_apart() -> None:
    assert find_duplicates(ads({"text": ""}, {"text": ""}))["cluster_id"].tolist() == ["a", "a"]
    nothing = {"text": "", "employer": ""}
    assert find_duplicates(ads(nothing, nothing))["cluster_id"].tolist() == ["a", "b"]


def test_a_large_group_is_linked_by_signatures() -> None:
    clones = [{"record_id": f"c{n:02d}", "text": f"{TASKS}\nNotre maison {'y' * (n + 2)} recrute"} for n in range(60)]
    others = [
        {"record_id": f"o{n}", "text": " ".join(f"{c}{'z' * n}mot" for c in "abcdefghijklmnop")} for n in range(5)
    ]
    found = find_duplicates(ads(*[row | {"title": "Comptable"} for row in (*others, *clones)])).set_index("record_id")
    assert set(found.loc["c00":"c59", "cluster_id"]) == {"c00"}
    assert found.loc["o0":"o4", "cluster_id"].nunique() == 5


@pytest.mark.parametrize(
    "text", ["a" * 3_000_000, "é\u202e " * 500_000, "\x00\x01.. \n" * 50_000, "αβγ δεζ\n" * 20_000]
)
def test_hostile_texts_are_read_in_bounded_time(text: str) -> None:
    assert len(find_duplicates(ads({"text": text, "title": text[:9000]}, {"text": text + "z"}))) == 2


def test_a_sentence_has_one_number_in_every_text_and_process() -> None:
    read = read_texts(["Eins zwei drei vier. Fünf sechs.", "Vorher.\neins  ZWEI 4 drei, vier"])
    assert read.key[0] == read.key[3]
    assert read.sizes().tolist() == [3, 3]
    assert [int(item) for item in read.item[:2]] == [17376651229703728886, 4812256321465189256]


@pytest.mark.parametrize("part", ["development", "held_out"])
def test_labelled_pairs(part: str) -> None:
    scores = score_duplicates(part)  # type: ignore[arg-type]
    print(part, scores.precision, scores.recall, scores.kinds, scores.errors)
    assert scores.precision.share is not None
    assert scores.precision.share >= 0.97
    assert scores.recall.share is not None
    assert scores.recall.share >= 0.93
    assert next(kind for kind in scores.kinds if kind.kind == "distinct").share >= 0.97  # type: ignore[operator]


def records(folder: Path, rows: list[tuple[str, str, str]], name: str = "c1") -> None:
    """Postings (employer, title, text) as a record file."""
    table = pa.table(
        {
            "employer": [row[0] for row in rows],
            "title": [row[1] for row in rows],
            "text": [row[2] for row in rows],
            "location_raw": ["Luxembourg"] * len(rows),
            "retrieved_at": pa.array([datetime(2025, 3, 3, tzinfo=UTC)] * len(rows), pa.timestamp("us", "UTC")),
            "content_sha256": [text_key(*row) for row in rows],
        }
    )
    target = folder / "records" / "job_posting" / "board"
    target.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, target / f"{name}.parquet")


def test_only_employers_with_something_new_are_read_again(tmp_path: Path) -> None:
    first = [("Acme S.A.", "Comptable (H/F)", TASKS), ("ACME", "Comptable", TASKS), ("Brixon", "Juriste", "Avis")]
    records(tmp_path, first)
    report = link_duplicates(tmp_path / "records", tmp_path / "classified")
    assert (report.new, report.reused) == (2, 0)
    before = {path.name: path.stat().st_mtime_ns for path in report.files}
    assert link_duplicates(tmp_path / "records", tmp_path / "classified").files == ()

    records(tmp_path, [("Brixon", "Notaire", "Actes")], name="c2")
    again = link_duplicates(tmp_path / "records", tmp_path / "classified")
    assert (again.new, again.reused) == (1, 1)
    folder = duplicate_folder(tmp_path / "classified")
    now = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.parquet")}
    assert len(now) == 2
    assert len(before.items() & now.items()) == 1
    rows = [row for path in sorted(now) for row in pq.read_table(folder / path).to_pylist()]
    keys = sorted(text_key(title, employer, text) for employer, title, text in first[:2])
    found = {row["text_sha256"]: (row["ad_id"], row["has_text"]) for row in rows}
    assert len(found) == 4
    assert {found[key] for key in keys} == {(keys[0], True)}
    assert found[text_key("Juriste", "Brixon", "Avis")][1] is False
    assert pq.read_schema(folder / sorted(now)[0]).names == SCHEMA.names


def test_equal_records_give_equal_files_with_any_number_of_workers(tmp_path: Path) -> None:
    rows = [(f"Employer {n % 3}", f"Job {'abcde'[n % 5]}", f"{TASKS} {'x' * n}") for n in range(30)]
    content = []
    for name, workers in (("one", 1), ("two", 2)):
        records(tmp_path / name, rows)
        report = link_duplicates(tmp_path / name / "records", tmp_path / name / "classified", workers=workers)
        content.append({path.name: path.read_bytes() for path in report.files})
    assert content[0] == content[1]


def test_a_file_without_its_checksum_is_made_again(tmp_path: Path) -> None:
    records(tmp_path, [("Acme", "Comptable", TASKS)])
    (path,) = link_duplicates(tmp_path / "records", tmp_path / "classified").files
    path.with_name(path.name + ".sha256").unlink()
    assert link_duplicates(tmp_path / "records", tmp_path / "classified").files == (path,)
