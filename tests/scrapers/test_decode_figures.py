"""TSV tables of Eurostat's, its feed of updates, reference rates and Indeed's tracker, beyond the fixture pairs."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError
from scrapers.decoders.eurostat_rss import code_of
from scrapers.formats import FORMATS
from scrapers.items import CatalogueEntry, Observation
from scrapers.plan import planned_requests
from scrapers.registry import RegistryError, source_by_id
from scrapers.sniff import guess
from scrapers.spiders.rates import EcbSpider, IndeedSpider
from tests.scrapers.made import ecb_history

DATA = "https://ec.europa.eu/eurostat/api/dissemination/sdmx/2.1/data"
TABLE = b"freq,unit,geo\\TIME_PERIOD\t2024 \t2025-Q1 \nA,PC,LU\t1.5 b\t: c\n"
RATES = (
    '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates</gesmes:subject>'
    "<Cube>{}</Cube></gesmes:Envelope>"
)
DAY = '<Cube time="2026-11-20"><Cube currency="USD" rate="1.5"/></Cube>'
SHARES = b"date,jobcountry,GenAI_share_postings\n2026-10-01,XA,4.25\n"


NO_RATES = [b"", b"<html>", RATES.format("").encode(), RATES.format(DAY).encode()[:-30], ecb_history.make()[:-40]]


def read(format: str, body: bytes, url: str = f"{DATA}/tst_a/A.PC.LU?format=TSV", **params: Any) -> Decoded:
    context = DecodeContext("figures", "c", "a" * 64, url, datetime(2026, 11, 21, tzinfo=UTC), params=params)
    return FORMATS[format](body, context)


def refused(format: str, body: bytes) -> str:
    with pytest.raises(UnreadableError) as error:
        read(format, body)
    assert error.value.detail
    return error.value.reason


def observations(decoded: Decoded) -> list[Observation]:
    return [record for record in decoded.records if isinstance(record, Observation)]


def zipped(name: str, body: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, body)
    return packed.getvalue()


def values(decoded: Decoded) -> list[tuple[str, float | None, str]]:
    return [(cell.time_period, cell.value, cell.obs_status) for cell in observations(decoded)]


@pytest.mark.parametrize(
    "packed",
    [TABLE, b"\xef\xbb\xbf" + TABLE, gzip.compress(TABLE), zipped("estat_tst_a.tsv", TABLE[:-1])],
    ids=["plain", "marked", "gzip", "zip"],
)
def test_a_table_reads_alike_however_it_is_packed(packed: bytes) -> None:
    found = read("eurostat-tsv", packed)
    assert values(found) == [("2024", 1.5, "b"), ("2025-Q1", None, "c")]
    assert {cell.dataset_id for cell in observations(found)} == {"tst_a"}


@pytest.mark.parametrize(
    ("format", "body", "kept", "cut"),
    [
        ("eurostat-tsv", TABLE[:-1], [1.5], "line 2, column 3"),
        ("eurostat-tsv", TABLE.rstrip() + b"\t", [], "line 2"),
        ("ecb-fx", b"Date,USD,JPY\n2026-11-20,1.5,165.1\n2026-11-19,1.5,16", [1.5, 165.1, 1.5], "line 3, column 3"),
        ("ecb-fx", b"Date,USD,JPY,\n2026-11-20,1.5,165.1,", [1.5, 165.1], None),
        ("indeed-ai-tracker", SHARES + b"2026-10-02,XA,4.2", [4.25], "line 3"),
        ("adem", b"Date;Genre;Age;Personnes\n2026-01;F;20;7\n2026-02;F;20;4", [7.0], "line 3, column 4"),
        ("adem", b"Date;Personnes;Genre;Age\n2026-01;7;F;20-24\n2026-02;9;F;20", [7.0], "line 3, column 4"),
        ("adem", b"Date;Genre;Age;Personnes\n2026-01;F;20;7;", [7.0], None),
    ],
)
def test_what_may_be_cut_off_with_the_file_is_set_aside(
    format: str, body: bytes, kept: list[float], cut: str | None
) -> None:
    found = read(format, body)
    assert [cell.value for cell in observations(found)] == kept
    assert [reject.locator for reject in found.rejects] == ([cut] if cut else [])
    assert cut is None or found.rejects[0].reason in ("cut_off", "wrong_columns")


def test_confidentiality_is_read_in_either_notation() -> None:
    found = read("eurostat-tsv", b"unit,geo\\TIME_PERIOD\t2021 \t2022 \t2023 \nPC,LU\t: @C\t12.4 bp@C\t:@C\n")
    assert values(found) == [("2021", None, "|C"), ("2022", 12.4, "bp|C"), ("2023", None, "|C")]
    assert [cell.flags_published for cell in observations(found)] == [": @C", "bp@C", ":@C"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://archive.example/estat_tst_b.tsv.gz", "tst_b"),
        ("https://archive.example/bulk?file=data/tst_b.tsv.gz", "tst_b"),
        ("https://archive.example/data/tst_b.tsv", "tst_b"),
        ("https://archive.example/latest", "unnamed"),
    ],
)
def test_a_table_from_elsewhere_is_named_by_its_file(url: str, name: str) -> None:
    assert {cell.dataset_id for cell in observations(read("eurostat-tsv", TABLE, url))} == {name}


@pytest.mark.parametrize(
    ("body", "format"),
    [
        (b"Date;Nature_contrat;Postes_declares;Stock_postes_vacants\n2026-01;CDI;1;2\n", "adem"),
        ("Mois;Sexe;Tranche d'âge;Nombre de demandeurs d'emploi\njanvier 2026;F;<25;3\n".encode("cp1252"), "adem"),
        (b"Date,USD,\n2026-11-20,1.5,\n", "ecb-fx"),
        (zipped("d.csv", b"Date, USD, \n20 November 2026, 1.5, \n"), "ecb-fx"),
        (b"Date;Somebody;Else\n2026-01;1;2\n", None),
    ],
)
def test_a_table_is_known_by_its_header(body: bytes, format: str | None) -> None:
    assert guess(body).format == format


def test_a_table_is_named_by_its_address_or_its_file() -> None:
    queued = "https://ec.europa.eu/eurostat/api/dissemination/1.0/async/data/1a2b3c4d-5555"
    found = read("eurostat-tsv", zipped("estat_tst_b.tsv", TABLE), queued)
    assert {cell.dataset_id for cell in observations(found)} == {"tst_b"}
    found = read("eurostat-tsv", TABLE, queued, dataset="tst_c")
    assert {cell.dataset_id for cell in observations(found)} == {"tst_c"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"<!doctype html><html>down</html>", "not_a_table"),
        (b"freq,geo\t2024\nA,LU\t1\n", "not_a_table"),
        (b"freq,freq\\TIME_PERIOD\t2024\nA,LU\t1\n", "not_a_table"),
        (b"freq\\TIME_PERIOD\t2024\t2024\nA\t1\t2\n", "not_a_table"),
        (b"freq\\TIME_PERIOD\t2024\n", "no_data"),
        (b"x" * 2_000_000, "not_a_table"),
        (gzip.compress(TABLE)[:-9], "damaged_gzip"),
        (b"\x1f\x8bjunk", "damaged_gzip"),
        (b"PK\x03\x04junk", "damaged_zip"),
        (zipped("a.tsv", b"0" * 3_000_000), "zip_bomb"),
        (gzip.compress(b"0" * 80_000_000), "too_large"),
        (b'{"warning":{"status":413,"label":"ASYNCHRONOUS_RESPONSE"}}', "not_ready"),
        (b'{"error":[{"status":400,"label":"no such dataset"}]}', "upstream_error"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # packed bytes hold the time of day
)
def test_what_is_no_table_is_refused(body: bytes, reason: str) -> None:
    assert refused("eurostat-tsv", body) == reason


def test_a_table_of_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrapers.decoders.eurostat_tsv.MAX_FILLED", 1000)
    rows = b"".join(b"A%d\t1\t2\n" % number for number in range(501))
    assert refused("eurostat-tsv", b"freq\\TIME_PERIOD\t2024\t2025\n" + rows) == "too_many_cells"


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=3)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.one_of(st.none(), NUMBERS), st.sampled_from(["", "b", "c", "eu", "p"])), min_size=1, max_size=8
    )
)
def test_every_cell_of_a_table_comes_back(cells: list[tuple[Any, str]]) -> None:
    periods = "".join(f"\t{2010 + at} " for at in range(len(cells)))
    row = "".join(f"\t{':' if value is None else value} {flag}" for value, flag in cells)
    found = read("eurostat-tsv", f"unit,geo\\TIME_PERIOD{periods}\nPC,LU{row}\n".encode())
    assert not found.rejects
    assert [(cell.value, cell.obs_status) for cell in observations(found)] == [
        (None if value is None else float(value), flag or ("O" if value is None else "")) for value, flag in cells
    ]


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("ISOC_EB_AI - Artificial intelligence", "isoc_eb_ai"),
        ("nama_10_gdp: GDP", "nama_10_gdp"),
        ("tps00001 Population", "tps00001"),
        ("DS-045409 – Trade", "ds-045409"),
        ("ISOC_EB_AI", "isoc_eb_ai"),
        ("  une_rt_m  -  Unemployment", "une_rt_m"),
        ("Codelist GEO", None),
        ("", None),
        ("a_" * 3000, None),
    ],
)
def test_the_code_stands_at_the_beginning_of_a_title(title: str, code: str | None) -> None:
    assert code_of(title) == code


def test_a_feed_without_entries_is_no_feed_of_updates() -> None:
    assert refused("eurostat-rss", b"<rss version='2.0'><channel><title>T</title></channel></rss>") == "no_data"
    assert refused("eurostat-rss", b"<html><body>down</body></html>") == "not_a_feed"


def test_a_weeks_feed_is_read_in_bounded_time() -> None:
    item = "<item><title>TST_{0:04} - Words</title><pubDate>Mon, 16 Nov 2026 11:00:00 +0100</pubDate></item>"
    body = f"<rss version='2.0'><channel>{''.join(map(item.format, range(1500)))}</channel></rss>".encode()
    started = time.process_time()
    found = read("eurostat-rss", body)
    assert (len(found.records), time.process_time() - started < 10) == (1500, True)
    assert all(isinstance(entry, CatalogueEntry) and entry.updated_at for entry in found.records)


def test_rates_in_xml_csv_and_zip_are_alike() -> None:
    one = values(read("ecb-fx", RATES.format(DAY).encode()))
    assert one == [("2026-11-20", 1.5, "")]
    assert values(read("ecb-fx", b"Date,USD,\n2026-11-20,1.5,\n")) == one
    assert values(read("ecb-fx", zipped("eurofxref.csv", b"Date, USD, \n20 November 2026, 1.5, \n"))) == one


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"<rss/>", "not_rates"),
        (RATES.format("").encode(), "no_data"),
        (RATES.format(DAY).encode()[:150], "not_xml"),
        (b"Datum,USD\n2026-11-20,1.5\n", "not_rates"),
        (b"Date,USD\n", "no_data"),
        (zipped("readme.txt", b"x"), "not_rates"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + RATES.format(DAY).encode(), "entities_refused"),
    ],
)
def test_what_holds_no_rates_is_refused(body: bytes, reason: str) -> None:
    assert refused("ecb-fx", body) == reason


def test_the_whole_history_needs_a_source_that_says_what_it_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrapers.decoders.ecb_fx.MAX_FILLED", 500)
    days = [f"{year}-{month:02}-01" for year in range(1999, 2027) for month in range(1, 13)]
    body = "Date,AAX,BBX,\n" + "".join(f"{day},1.5,2.5,\n" for day in days)
    assert refused("ecb-fx", body.encode()) == "too_many_cells"
    found = read("ecb-fx", body.encode(), since="2026-01-01", currencies=["AAX"])
    assert len(found.records) == 12
    assert "rate of a currency that the source does not ask for" in " ".join(found.notes)


def test_rates_before_a_break_are_kept() -> None:
    found = read("ecb-fx", RATES.format(DAY).encode()[:-30])
    assert values(found) == [("2026-11-20", 1.5, "")]
    assert [(reject.locator, reject.reason) for reject in found.rejects] == [("after rate 1", "not_xml")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"date,jobcountry\n2026-10-01,XA\n", "not_a_table"),
        (b"date,jobcountry,AI_share,GenAI_share\n", "not_a_table"),
        (b"date,jobcountry,jobcountry,AI_share\n", "not_a_table"),
        (SHARES.splitlines()[0], "no_data"),
        (b"<html>", "not_a_table"),
        (b'"', "not_a_table"),
    ],
)
def test_what_is_no_table_of_shares_is_refused(body: bytes, reason: str) -> None:
    assert refused("indeed-ai-tracker", body) == reason


def test_the_column_names_the_dataset_of_shares() -> None:
    (cell,) = observations(read("indeed-ai-tracker", SHARES.replace(b"\n", b"\r\n")))
    assert (cell.dataset_id, cell.value, cell.unit, cell.time_period) == (
        "genai_share_postings",
        4.25,
        "PC",
        "2026-10-01",
    )


@pytest.mark.parametrize(
    ("spider", "good", "bad"),
    [
        (EcbSpider, [RATES.format(DAY).encode(), ecb_history.make()], NO_RATES),
        (IndeedSpider, [SHARES], [b"", b"<html>", b"date,jobcountry,AI_share\n", b"404: Not Found"]),
    ],
)
def test_a_file_is_known_from_a_page_that_stands_in_its_place(
    spider: Callable[..., Any], good: list[bytes], bad: list[bytes]
) -> None:
    asked = spider(session=None)
    assert [asked.problem_with(body) for body in good] == [None] * len(good)
    assert all(asked.problem_with(body) for body in bad)


def test_files_are_asked_for_by_name() -> None:
    registered = source_by_id("ecb_fx")
    (rates,) = planned_requests(registered)
    assert rates.url == "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml"
    for spider in ("ecb", "indeed"):
        for files in (["../secret"], [], "eurofxref-daily.xml"):
            source = registered.model_copy(update={"spider": spider, "params": {"files": files}})
            with pytest.raises(RegistryError, match="files"):
                planned_requests(source)
