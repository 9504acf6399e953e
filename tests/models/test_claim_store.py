"""Claims on disk: read once for each text and day, whole files only."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from models.claim_store import claim_folder, extract_new
from models.store import text_key


def write(root: Path, crawl: str, rows: list[tuple[str, str, datetime | None]]) -> None:
    folder = root / "announcement" / "news"
    folder.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([("title", pa.string()), ("text", pa.string()), ("published_at", pa.timestamp("us", tz="UTC"))])
    table = [{"title": title, "text": text, "published_at": at} for title, text, at in rows]
    pq.write_table(pa.Table.from_pylist(table, schema=schema), folder / f"{crawl}.parquet")


def test_a_text_is_read_once_for_each_day_and_leaves_a_row_without_claims_too(tmp_path: Path) -> None:
    records, classified = tmp_path / "records", tmp_path / "classified"
    told = ("Tilleul lève 3 M€", "La somme a été versée le 4 mai.", datetime(2026, 5, 11, 23, tzinfo=UTC))
    write(records, "c1", [told, told, ("Pont fermé", "Le pont reste fermé.", None)])
    (part,) = extract_new(records, classified)
    assert part.parent == claim_folder(classified)
    assert part.with_name(part.name + ".sha256").exists()
    rows = {row["published_on"]: row for row in pq.read_table(part).to_pylist()}
    assert set(rows) == {"2026-05-11", ""}
    assert rows[""]["claims"] == []
    (claim,) = rows["2026-05-11"]["claims"]
    assert rows["2026-05-11"]["text_sha256"] == text_key(told[0], "", told[1])
    assert (claim["part"], claim["phrase"], claim["amount"], claim["kind"]) == ("title", "3 M€", 3e6, "raised")
    assert extract_new(records, classified) == ()
    write(records, "c2", [told, (told[0], told[1], datetime(2026, 5, 12, tzinfo=UTC))])
    assert len(extract_new(records, classified)) == 1


def test_equal_records_give_equal_files(tmp_path: Path) -> None:
    rows = [(f"Firma {i} lève {i} M€", "", None) for i in range(1, 4)]
    files = []
    for name in ("a", "b"):
        write(tmp_path / name, "c", rows if name == "a" else rows[::-1])
        files += extract_new(tmp_path / name, tmp_path / name / "classified")
    assert files[0].name == files[1].name
    assert files[0].read_bytes() == files[1].read_bytes()
