"""Feeds and pages to announcements: recorded payloads, collections of bad feeds, hostile bytes."""

from __future__ import annotations

import random
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.charset import read_text
from scrapers.decode import DecodeContext, Decoded, UnreadableError, decode
from scrapers.decoders.announcements import read_from_page
from scrapers.decoders.feed import MAX_ITEMS, entry_ids, item_key, meaning, read_feed
from scrapers.html import has_heavy_tag, to_text
from scrapers.items import Announcement
from scrapers.pages import read_page, web_address
from scrapers.registry import source_by_id
from tests.shared import shared_path

FEED_URL = "https://news.example.org/en/feed/"


def context(url: str = FEED_URL, content_type: str = "", **params: Any) -> DecodeContext:
    return DecodeContext(
        source_id="test_source",
        crawl_id="20260601T000000Z-00000000",
        capture_id="c" * 64,
        url=url,
        retrieved_at=datetime(2026, 6, 1, tzinfo=UTC),
        params=params,
        content_type=content_type,
    )


def one_clear_line(error: UnreadableError) -> UnreadableError:
    assert error.reason.isidentifier()
    assert "\n" not in str(error)
    assert len(error.detail) <= 300
    return error


def outcome(body: bytes, given: DecodeContext | None = None) -> Decoded | UnreadableError:
    """What the decoder makes of bytes; any exception but UnreadableError fails the test that asks."""
    try:
        decoded = decode("feed", body, given or context())
    except UnreadableError as error:
        return one_clear_line(error)
    for record in decoded.records:
        assert isinstance(record, Announcement)
        assert record.title
        record.model_dump_json()
        assert record.page_url == "" or record.page_url.startswith(("http://", "https://"))
    for reject in decoded.rejects:
        assert reject.reason.isidentifier()
        reject.model_dump_json()
    return decoded


def records(body: bytes, given: DecodeContext | None = None) -> list[Announcement]:
    decoded = outcome(body, given)
    assert isinstance(decoded, Decoded), decoded
    return [record for record in decoded.records if isinstance(record, Announcement)]


def rss(*items: str, head: str = "", declaration: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f'{declaration}<rss version="2.0"><channel><title>T</title>{head}{"".join(items)}</channel></rss>'.encode()


def test_the_recorded_feed_of_the_cssf() -> None:
    body = shared_path("recordings/news/cssf/cssf-feed.xml").read_bytes()
    found = records(body, context("https://www.cssf.lu/en/feed/publications"))
    assert len(found) == 10
    first, last = found[0], found[-1]
    assert first.item_id == item_key("https://www.cssf.lu/?p=127479")
    assert first.title == "Circular CSSF 21/783 (outdated)"
    assert first.page_url == "https://www.cssf.lu/en/2026/07/circular-cssf-21-783-outdated/"
    assert first.published_at == datetime(2026, 7, 22, 14, 15, 27, tzinfo=UTC)
    assert (first.language_declared, first.text, first.updated_at) == ("en-gb", "", None)
    assert last.title == "Warning concerning the website www.nexuravg.com"
    assert last.published_at == datetime(2026, 7, 10, 13, 50, 50, tzinfo=UTC)
    assert len(entry_ids(body)) == 10


def test_the_recorded_page_of_the_cssf() -> None:
    body = shared_path("recordings/news/cssf_html/detail_annex-to-a-cssf-circular_sample.html").read_bytes()
    params = source_by_id("cssf_publications").params
    url = "https://www.cssf.lu/en/Document/reporting-template/"
    (found,) = records(body, context(url, **params))
    assert found.title == "Reporting template"
    assert (found.page_url, found.item_id, found.language_declared) == (url, item_key(url), "en-gb")
    assert "Delay in the 2026 AML/CFT standardised data collection" in found.text
    assert found.categories[:2] == ["AML/CFT", "Annual declaration"]
    assert "Annex to a CSSF circular" in found.categories
    for furniture in ("Share this", "LinkedIn", "Main topic", "Privacy", "Email this"):
        assert furniture not in found.text


# file -> (records, rejects), or the reason why it is refused
CORPUS: dict[str, tuple[int, int] | str] = {
    "feeds_encoding/bozo_bogus_encoding.xml": (0, 0),
    "feeds_encoding/bozo_invalid-bytes-with-bom.xml": (0, 0),
    "feeds_encoding/bozo_linenoise.xml": (1, 0),
    "feeds_encoding/demoronize-1.xml": (1, 0),
    "feeds_encoding/double-encoded-html.xml": (1, 0),
    "feeds_encoding/http_application_xml_charset_overrides_encoding.xml": (0, 0),
    "feeds_encoding/http_text_xml_default.xml": (0, 0),
    "feeds_encoding/no_content_type_default.xml": (0, 0),
    "feeds_encoding/utf-16le-bom.xml": (0, 0),
    "feeds_encoding/utf-8-bom.xml": (0, 0),
    "feeds_malformed/aaa_illformed.xml": (0, 0),
    "feeds_malformed/http_high_bit_date.xml": (0, 0),
    "feeds_malformed/rss_empty_document.xml": "not_a_feed",
    "feeds_malformed/rss_incomplete_cdata.xml": (0, 0),
    "feeds_malformed/rss_item_link_corrupted_ampersands.xml": (0, 1),
    "feeds_malformed/undeclared_namespace.xml": (0, 0),
    "feeds_real/atom_example_1.xml": (1, 0),
    "feeds_real/atom_relative.xml": (1, 0),
    "feeds_real/encoding.rss": (40, 0),
    "feeds_real/heise.atom": (15, 0),
    "feeds_real/heraldsun.rss": (2, 0),
    "feeds_real/incomplete-fields.atom": (0, 1),
    "feeds_real/jsonfeed_example_1.json": (2, 0),
    "feeds_real/missing-fields.atom": (0, 1),
    "feeds_real/pagination-links.rss": (1, 0),
    "feeds_real/rss_0.91_missing_id.xml": (1, 0),
    "feeds_real/rss_1.0_biorxiv.xml": (1, 0),
    "feeds_real/rss_1.0_iso8859.xml": (1, 0),
    "feeds_real/rss_2.0_cloudflare.xml": (1, 0),
    "feeds_real/rss_2.0_encoding_1.xml": (1, 0),
    "feeds_real/rss_2.0_ghost_1.xml": (1, 0),
    "feeds_real/rss_2.0_ilmessaggero.xml": (1, 0),
    "feeds_real/rss_2.0_invalid_1.xml": (0, 0),
    "feeds_real/rss_2.0_relurl_1.xml": (2, 0),
    "feeds_real/rss_2.0_spiegel.xml": (1, 0),
    "feeds_real/uolNoticias.rss": (15, 0),
    "feeds_synthetic/reader_empty.atom": (0, 1),
    "feeds_synthetic/reader_full.rss": (2, 3),
    "feeds_synthetic/reader_relative.rss": (1, 0),
    "feeds_synthetic/reader_unknown.json": "not_a_feed",
}


@pytest.mark.parametrize("name", CORPUS)
def test_every_recorded_feed_decodes_or_is_refused_with_one_line(name: str) -> None:
    found = outcome(shared_path(f"recordings/news/{name}").read_bytes())
    said = found.reason if isinstance(found, UnreadableError) else (len(found.records), len(found.rejects))
    assert said == CORPUS[name]


def test_spot_values_of_other_publishers_feeds() -> None:
    def first(name: str) -> Announcement:
        return records(shared_path(f"recordings/news/feeds_real/{name}").read_bytes())[0]

    assert first("encoding.rss").title.startswith("Mãe de utente é a nova presidente")  # declared ISO-8859-1
    assert first("uolNoticias.rss").title.startswith("Ibope: Bolsonaro perde de Haddad, Ciro e Alckmin em simulaçõ")
    assert first("uolNoticias.rss").published_at == datetime(2018, 9, 24, 22, 42, 40, tzinfo=UTC)  # "24 Set 2018"
    assert first("rss_2.0_ilmessaggero.xml").published_at == datetime(2022, 11, 15, 23, 38, 15, tzinfo=UTC)
    assert first("rss_1.0_biorxiv.xml").published_at == datetime(2023, 12, 16, tzinfo=UTC)
    assert first("atom_relative.xml").page_url == "https://news.example.org/blog/2003/12/13/atom03"
    assert len(first("rss_2.0_cloudflare.xml").text) > 10_000  # content:encoded


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Wed, 22 Jul 2026 14:15:27 +0200", datetime(2026, 7, 22, 12, 15, 27, tzinfo=UTC)),
        ("2026-07-22T14:15:27Z", datetime(2026, 7, 22, 14, 15, 27, tzinfo=UTC)),
        ("lun., 2 févr. 2026 08:00:00 +0100", datetime(2026, 2, 2, 7, tzinfo=UTC)),
        ("Mi, 15 Okt 2025 09:30:00 +0200", datetime(2025, 10, 15, 7, 30, tzinfo=UTC)),
        ("3 août 2026", datetime(2026, 8, 3, tzinfo=UTC)),
        ("2 hours ago", None),
        ("yesterday", None),
        ("Wed, 22 Jul 9026 14:15:27 +0200", None),
        ("32 Jul 2026", None),
        ("", None),
    ],
)
def test_dates(said: str, expected: datetime | None) -> None:
    decoded = outcome(rss(f"<item><title>A</title><guid>g</guid><pubDate>{said}</pubDate></item>"))
    assert isinstance(decoded, Decoded)
    (record,) = decoded.records
    assert record.published_at == expected  # type: ignore[attr-defined]
    assert any("no date" in note for note in decoded.notes) == (expected is None and said != "")
    assert ("item without date" in decoded.notes) == (expected is None)


def test_identity() -> None:
    """A guid before an address before the words; one item each, the newer reading of two."""
    found = records(
        rss(
            "<item><title>Guid</title><guid>g1</guid><link>/a</link></item>",
            "<item><title>Link</title><link>/b?z=1&amp;a=2#part</link></item>",
            "<item><title>Neither</title><description>Words</description></item>",
            "<item><description>&lt;p&gt;Only words&lt;/p&gt;</description></item>",
            "<item><title>Twice</title><guid>g2</guid><pubDate>Wed, 01 Jul 2026 10:00:00 GMT</pubDate></item>",
            "<item><title>Twice, newer</title><guid>g2</guid><pubDate>Thu, 02 Jul 2026 10:00:00 GMT</pubDate></item>",
            f"<item><title>Long</title><guid>{'g/' * 450}</guid></item>",
        )
    )
    ids = {record.title: record.item_id for record in found}
    assert list(ids) == ["Guid", "Link", "Neither", "Only words", "Twice, newer", "Long"]
    assert ids["Guid"] == item_key("g1")
    assert ids["Link"] == item_key("https://news.example.org/b?a=2&z=1")
    assert found[1].page_url == "https://news.example.org/b?z=1&a=2"
    assert ids["Neither"].startswith("sha256:")
    assert ids["Neither"] != ids["Only words"]
    assert all(len(record.record_id) < 100 for record in found)


def test_texts_lose_their_markup_and_titles_stay_on_a_line() -> None:
    (record,) = records(
        rss(
            "<item><title>Law &amp;amp; order\n &lt;b&gt;today&lt;/b&gt;</title><guid>1</guid>"
            "<category>AI &amp;amp; law</category>"
            "<description><![CDATA[<p>One<script>alert(1)</script></p><ul><li>two</ul>]]></description></item>"
        )
    )
    assert (record.title, record.text, record.categories) == ("Law & order today", "One\n- two", ["AI & law"])


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("é".encode(), "text/xml; charset=utf-8", "é"),
        ("é".encode("latin-1"), "text/xml; charset=ISO-8859-1", "é"),
        ("€".encode("cp1252"), "text/html; charset=latin1", "€"),  # read as browsers read it
        ("\ufeffé".encode(), "text/xml; charset=iso-8859-1", "é"),  # a byte order mark wins
        ("<?xml version='1.0' encoding='iso-8859-15'?>€".encode("iso-8859-15"), "", "€"),
        ("<?xml version='1.0' encoding='iso-8859-1'?>é".encode(), "application/xml; charset=utf-8", "é"),
        ("<meta charset='windows-1250'>ő".encode("cp1250"), "text/html", "ő"),
        ("<?xml version='1.0' encoding='utf-16'?>é".encode(), "", "é"),  # it says so, but has no zero byte
        ("<?xml version='1.0'?>é".encode("utf-16-le"), "", "é"),
        ("<?xml version='1.0' encoding='punycode'?>é".encode(), "", "é"),
        ("é".encode("cp1252"), "", "é"),
        (b"\xff\xc3\xa9", "", "\ufffdé"),
        ("é".encode(), "text/xml; charset=ascii", "é"),
    ],
)
def test_which_encoding_is_believed(body: bytes, content_type: str, expected: str) -> None:
    assert read_text(body, content_type)[0].endswith(expected)


def test_the_http_field_decides_in_the_decoder_too() -> None:
    body = rss("<item><title>Marché</title><guid>1</guid></item>").decode().encode("cp1252")
    (record,) = records(body, context(content_type="application/rss+xml; charset=windows-1252"))
    assert record.title == "Marché"


def test_entry_ids_are_about_meaning() -> None:
    one, two = (f"<item><title>A{n}</title><guid>g{n}</guid><pubDate>2026-07-0{n}</pubDate></item>" for n in (1, 2))
    plain = entry_ids(rss(one, two))
    assert plain == ["g1 2026-07-01T00:00:00+00:00", "g2 2026-07-02T00:00:00+00:00"]
    assert entry_ids(rss(two, one, head="<lastBuildDate>Wed, 22 Jul 2026 14:15:27 +0000</lastBuildDate>")) == plain
    assert entry_ids(rss(one.replace("2026-07-01", "2026-07-03"), two)) != plain
    assert entry_ids(rss(one)) != plain
    with pytest.raises(UnreadableError, match="not_a_feed"):
        entry_ids(b"<html><body>down</body></html>")


def test_a_page_says_what_it_is_about_and_not_what_surrounds_it() -> None:
    markup = (
        '<html lang="fr_LU"><head><title>Site</title><meta property="article:published_time" '
        'content="2026-07-01T08:00:00+02:00"></head><body><header>En-tête</header><nav>Menu</nav><main>'
        "<nav><p>Fil <nav>d'Ariane</nav></p></nav><h1>Titre</h1><p>Texte.</p><aside>À lire</aside>"
        '<p class="x">Laissé</p><ul class="tags"><li>IA</li><li>Droit</li></ul></main>'
        "<footer>Pied</footer></body></html>"
    )
    page = read_page(markup, {"drop": [".x", ".tags"], "categories": ".tags li"})
    assert (page.title, page.text, page.language) == ("Titre", "Titre\n\nTexte.", "fr-lu")
    assert page.categories == ("IA", "Droit")
    (record,) = records(markup.encode(), context("https://news.example.org/fr/x/"))
    assert record.published_at == datetime(2026, 7, 1, 6, tzinfo=UTC)
    assert meaning(markup.encode()).startswith("Titre\nTitre")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/a?b=1#c", "https://news.example.org/a?b=1"),
        ("//other.example/x", "https://other.example/x"),
        ("https://user:pw@x.example/?api_key=1&q=2", "https://x.example/?q=2"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://x.example/a b", ""),
        ("https://[", ""),
        ("https://x.example:99999/", ""),
        ("https://x.example/" + "a" * 2000, ""),
        (None, ""),
    ],
)
def test_addresses(value: object, expected: str) -> None:
    assert web_address(value, FEED_URL) == expected


def test_nothing_is_opened_or_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither entities nor names of files nor addresses make the parser fetch anything."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("the network was asked")

    secret = tmp_path / "secret.xml"
    secret.write_bytes(rss("<item><title>Secret</title><guid>1</guid></item>"))
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    for body in (str(secret).encode(), f"file://{secret}".encode(), b"http://127.0.0.1:9/feed"):
        assert getattr(outcome(body), "reason", "") == "not_a_feed"
    doctype = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY y SYSTEM "http://127.0.0.1:9/">]>'
    body = doctype.encode() + rss("<item><title>A&x;&y;B</title><guid>1</guid></item>", declaration="")
    assert "Secret" not in str(outcome(body))
    dtd = b'<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd">' + rss("<item><title>A</title></item>", declaration="")
    assert [record.title for record in records(dtd)] == ["A"]


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE rss [<!ENTITY l0 "lol">{entities}]>'.encode() + rss(
        "<item><title>&l9;</title><guid>1</guid></item>", declaration=""
    )


@pytest.mark.parametrize(
    "body",
    [
        laughs(),
        rss("<item><title>" + "&lt;b&gt;" * 100_000 + "</title></item>"),
        rss("<item><author>" + "a" * 500_000 + "</author><title>A</title></item>"),
        rss("<item><author>" + "a." * 250_000 + "</author><title>A</title></item>"),
        rss("<item><title>A</title><description>" + "&lt;div&gt;" * 50_000 + "</description></item>"),
        b"<rss><channel><item>" + b"<a>" * 300_000,
        b"<rss><channel><item>" + b"<a" * 500_000,
        b"<" * 1_000_000,
        b"<!--" * 250_000,
        b"<rss version='2.0'><channel>" + b"<item>" * 200_000,
        b"<html>" + b"<div>" * 200_000,
        b"<rss version='2.0'><channel><item><title>" + b"<![CDATA[" * 100_000,
        b"<rss " + b"a='b' " * 150_000 + b"><channel/></rss>",
        b"\xff\xfe" + b"<\x00" * 500_000,
        b"<?xml " + b"encoding=" * 100_000,
    ],
    ids=range(15),
)
def test_hostile_bodies_take_bounded_time(body: bytes) -> None:
    begun = time.monotonic()
    outcome(body)
    assert time.monotonic() - begun < 10


def test_limits_are_refused_by_name() -> None:
    assert getattr(outcome(b"x" * (4 * 2**20 + 1)), "reason", "") == "too_large"
    many = rss(*(f"<item><title>{n}</title></item>" for n in range(MAX_ITEMS + 1)))
    assert getattr(outcome(many), "reason", "") == "too_many_elements"
    assert getattr(outcome(b" \n"), "reason", "") == "empty"
    deep = b"<html><body>" + b"<div>" * 500 + b"x"
    assert getattr(outcome(deep), "reason", "") == "too_deep"
    long = rss(f"<item><title>{'long ' * 400}</title></item>")
    assert isinstance(found := outcome(long), Decoded)
    assert [reject.reason for reject in found.rejects] == ["title_too_long"]


GOOD = rss(
    *(
        f"<item><title>Notice {n} é</title><link>https://news.example.org/{n}</link><guid>g{n}</guid>"
        f"<pubDate>Wed, 0{n} Jul 2026 10:00:00 GMT</pubDate><description>Words &amp;amp; more</description></item>"
        for n in range(1, 7)
    )
)


def test_a_cut_feed_gives_its_whole_items() -> None:
    counts = []
    for percent in range(100):
        found = outcome(GOOD[: len(GOOD) * percent // 100])
        counts.append(len(found.records) if isinstance(found, Decoded) else 0)
        if isinstance(found, Decoded):
            assert all(record.text == "Words & more" for record in found.records)  # type: ignore[attr-defined]
    assert counts == sorted(counts)
    assert counts[-1] in (5, 6)
    assert read_feed(GOOD[:-20]).cut_off
    assert not read_feed(GOOD).cut_off


def test_flipped_bits() -> None:
    dice, read = random.Random(7), 0
    for _ in range(400):
        damaged = bytearray(GOOD)
        for _ in range(dice.choice((1, 1, 3))):
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        found = outcome(bytes(damaged))
        read += isinstance(found, Decoded) and len(found.records) >= 4
    assert read > 250


PIECES = [
    "<rss version='2.0'><channel>",
    "</channel></rss>",
    "<feed xmlns='http://www.w3.org/2005/Atom'>",
    "</feed>",
    "<item>",
    "</item>",
    "<entry>",
    "</entry>",
    "<title>",
    "</title>",
    "<link>",
    "</link>",
    "<link href='",
    "'/>",
    "<guid>",
    "</guid>",
    "<id>",
    "<pubDate>",
    "</pubDate>",
    "<updated>",
    "<content type='xhtml'>",
    "</content>",
    "<description>",
    "</description>",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&",
    "&#x0;",
    "&#xD800;",
    "<",
    ">",
    "<category term='",
    "https://a.example/",
    "http://[",
    "2026-07-01",
    "Wed, 01 Jul 2026",
    "é",
    "\x00",
    "<!DOCTYPE x [",
    "]>",
    "<!ENTITY a 'b'>",
    "<html>",
    "<body>",
    "<main>",
    "<p>",
    "<rdf:RDF>",
    "<media:content url='",
    "<itunes:author>",
    "<author><email>",
    "a@b",
    "<xml:base='//'>",
]


@settings(max_examples=300, deadline=None)
@given(parts=st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=25), known=st.booleans())
def test_any_pieces_are_survived(parts: list[str], known: bool) -> None:
    body = "".join(parts).encode("utf-8", "replace")
    outcome(body, context(feeds=[{"key": "a", "url": FEED_URL}]) if known else context("not an address"))


def one_item(inner: str) -> bytes:
    return f'<rss version="2.0"><channel><title>t</title><item><title>a</title>{inner}</item></channel></rss>'.encode()


@pytest.mark.parametrize(
    "inner",
    [
        "<enclosure " + " ".join(f'a{number}="1"' for number in range(30_000)) + "/>",
        "<a href=" + "x " * 500_000 + ">",
        "<category>c</category>" + "".join(f"<category>c{number}</category>" for number in range(20_000)),
        "<description>" + "& " * 1_000_000 + "</description>",
    ],
)
def test_what_parsers_read_in_quadratic_time_is_refused_before_they_do(inner: str) -> None:
    started = time.process_time()
    with pytest.raises(UnreadableError) as caught:
        read_feed(one_item(inner))
    assert caught.value.reason in ("malformed", "too_many_elements")
    assert time.process_time() - started < 10  # minutes before; now a fraction of a second on an idle machine


def test_long_names_and_many_keywords_do_not_cost_the_feed() -> None:
    started = time.process_time()
    inner = f"<author>{('a' * 299 + '!') * 5_000}</author><itunes:keywords>{'k,' * 100_000}</itunes:keywords>"
    (item,) = read_feed(one_item(inner)).items
    assert (item.title, item.categories) == ("a", ())
    assert time.process_time() - started < 10


def test_heavy_tags_in_texts_and_pages() -> None:
    heavy = "<p " + " ".join(f"a{number}=1" for number in range(50_000)) + ">words</p>"
    started = time.process_time()
    assert to_text(heavy) == "words"
    with pytest.raises(UnreadableError) as caught:
        meaning(f"<!doctype html><html><body><main>{heavy}</main></body></html>".encode())
    assert caught.value.reason == "malformed"
    assert time.process_time() - started < 10
    picture = f'<p>words <img src="data:image/png;base64,{"A" * 50_000}" alt="x"></p>'
    script = f"<script>for (i=0;i<n;i++) {{ {'x y ' * 20_000} }}</script><!-- {'<p a b c ' * 300} -->"
    assert not has_heavy_tag(picture + script)
    assert has_heavy_tag(f"<p {'x' * 20_000}>")
    assert has_heavy_tag("<p " + "b'" * 300 + " c" * 300 + ">")


def test_ids_say_nothing_of_what_the_guid_holds_and_the_feed_is_no_page() -> None:
    feed_url = "https://news.example.org/en/feed/"
    guid = "mailto:jane.blank@example.org;token=Sk3cret"
    found = decode(
        "feed",
        one_item(f"<guid>{guid}</guid><link>{feed_url}</link><description>Words</description>"),
        context(feeds=[{"key": "f", "url": feed_url}]),
    )
    (record,) = found.records
    assert isinstance(record, Announcement)
    assert "jane" not in str(record) and "Sk3cret" not in str(record)  # noqa: PT018
    assert record.record_id == f"test_source:{record.item_id}"
    assert record.item_id == item_key(guid)
    assert (record.page_url, read_from_page(record)) == ("", False)
