"""GovJobs: pages of our own in the shape that is known, invented administrations, and crawls on a loopback site."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scrub import scrub_text
from scrapers.archive import Archive
from scrapers.decode import DecodeContext, Decoded, UnreadableError, decode, decode_crawl
from scrapers.decoders.govjobs import facts, finish, links, read_tree, stated_count
from scrapers.items import JobPosting
from scrapers.records import scrub
from scrapers.registry import Source, source_by_id
from scrapers.run import CrawlOutcome, crawl
from tests.scrapers.site import CONTACT, Answer, Asked, Site
from tests.shared import shared_path

HOST = "govjobs.public.lu"
LISTING = "/fr/rechercher-parmi-offres-emploi.html"
BASE = f"https://{HOST}{LISTING}?b=0"
FIXTURES = Path(__file__).parent / "fixtures" / "govjobs"


def key(number: int) -> str:
    """The board's own number of a post."""
    return str(446_000 + number)


def post_path(number: int) -> str:
    return f"/fr/postuler/postes-ouverts/2026/A1/Fevrier/20260216-poste{number}-{key(number)}.html"


def article(number: int, title: str = "", link: str | None = None) -> str:
    title = title or f"Gestionnaire {number} (m/f) (réf. E{number:08})"
    return (
        f'<li><article class="article search-result search-result--job"><h2 class="article-title"><a href="'
        f'{link or f"//{HOST}{post_path(number)}"}">{title}</a></h2>'
        '<ul class="nude article-custom"><li><span>Date limite de candidature</span> <b>31/03/2026</b></li></ul>'
        '<footer class="article-metas"><ul class="list--inline list--dotted"><li>Ministère: Ministère des Étangs</li>'
        "<li>Administration/Organisme: Administration des passerelles</li></ul></footer></article></li>"
    )


def result_page(*articles: str, count: int | None = None) -> bytes:
    counted = f'<span class="search-meta-count">{count} résultats</span>' if count is not None else ""
    return (
        f'<!doctype html><html lang="fr"><body><nav>Menu</nav><main>{counted}<ol class="search-results">'
        f"{''.join(articles)}</ol></main></body></html>"
    ).encode()


def post_page(number: int, words: str = "Gérer les passerelles.", place: str = "Wickrange") -> bytes:
    return (
        f'<!doctype html><html lang="fr"><body><nav>Menu</nav><h1>Gestionnaire {number} (m/f) (réf. E{number:08})</h1>'
        '<div class="page-text"><h2>Informations générales</h2><ul>'
        "<li><span>Statut</span><b>Employé de l'État</b></li>"
        "<li><span>Date limite de candidature</span><b>31/03/2026</b></li><li><span>Ministère</span><b>Ministère des "
        "Étangs</b></li><li><span>Administration/Organisme</span><b>Administration des passerelles</b></li>"
        f"<li><span>Lieu</span><b>{place}</b></li><li><span>Tâche</span><b>Tâche complète</b></li>"
        "<li><span>Type de contrat</span><b>CDI</b></li></ul>"
        f"<h2>Missions</h2><ul><li>{words}</li></ul></div><footer>Pied</footer></body></html>"
    ).encode()


def context(url: str = BASE) -> DecodeContext:
    return DecodeContext("govjobs", "20260301T000000Z-00000000", "c" * 64, url, datetime(2026, 3, 1, tzinfo=UTC))


def one_clear_line(error: UnreadableError) -> UnreadableError:
    assert error.reason.isidentifier()
    assert "\n" not in str(error)
    assert len(error.detail) <= 300
    return error


def outcome(body: bytes, url: str = BASE) -> Decoded | UnreadableError:
    try:
        decoded = decode("govjobs", body, context(url))
    except UnreadableError as error:
        return one_clear_line(error)
    for item in (*decoded.records, *decoded.rejects):
        item.model_dump_json()
    return decoded


def postings(body: bytes, url: str = BASE) -> list[JobPosting]:
    decoded = outcome(body, url)
    assert isinstance(decoded, Decoded), decoded
    return [record for record in decoded.records if isinstance(record, JobPosting)]


@pytest.mark.parametrize("name", ["table", "definitions", "glued"])
def test_a_post_however_its_labels_are_set(name: str) -> None:
    url = f"https://{HOST}/fr/postuler/postes-ouverts/2026/A1/Fevrier/20260216-analystededonnees-446999.html"
    (post,) = postings((FIXTURES / f"{name}.html").read_bytes(), url)
    assert post.record_id == "govjobs:govjobs:446999"
    assert post.title == "Analyste de données (m/f)"
    assert post.requisition_id == "E00099001, F00099002, M00099003"
    assert post.employer == "Administration des passerelles"
    assert post.departments == ["Ministère des Étangs"]
    assert post.employment_type == "CDI; Tâche complète; Fonctionnaire, Employé de l'État"
    assert (post.published_on, post.deadline_on) == (date(2026, 2, 16), date(2026, 3, 31))
    assert (post.location_raw, post.is_luxembourg, post.luxembourg_basis) == ("Esch-sur-Alzette", True, "commune")
    assert "apprentissage automatique" in post.text
    assert "Menu" not in post.text
    scrubbed = scrub(Decoded([post]), scrub_text).records[0]
    assert "@" not in scrubbed.text  # type: ignore[attr-defined]
    assert "247 99 999" not in scrubbed.text  # type: ignore[attr-defined]


def test_result_pages() -> None:
    body = result_page(
        article(1),
        article(2, link=post_path(2)),
        article(3, link="https://elsewhere.example/x-3.html"),
        article(1),
        article(4).replace("Ministère des Étangs", "").replace("Administration des passerelles", ""),
        article(5, title="   "),
        count=1204,
    )
    decoded = outcome(body)
    assert isinstance(decoded, Decoded)
    first, second, fourth = decoded.records
    assert isinstance(first, JobPosting)
    assert first.posting_url == f"https://{HOST}{post_path(1)}"
    assert (first.employer, first.deadline_on, first.text) == ("Administration des passerelles", date(2026, 3, 31), "")
    assert second.posting_id == key(2)  # type: ignore[attr-defined]
    assert fourth.employer == "GovJobs"  # type: ignore[attr-defined]
    assert [reject.reason for reject in decoded.rejects] == ["missing_link", "missing_title"]
    tree = read_tree(body)
    assert stated_count(tree) == 1204
    assert [link.rpartition("-")[2] for link in links(tree, BASE)] == [f"{key(n)}.html" for n in (1, 2, 4, 5)]
    assert postings(result_page()) == []
    assert decode("govjobs", result_page(), context()).notes == ["a result page without posts"]


@pytest.mark.parametrize(
    ("place", "here", "basis"),
    [
        ("Luxembourg-Hamm", True, "commune"),
        ("Marienthal", True, "commune"),
        ("Am Haff", True, "country"),
        ("", True, "country"),
        ("Bruxelles", False, "none"),
        ("Représentation permanente, Genève", False, "none"),
    ],
)
def test_where_a_post_is(place: str, here: bool, basis: str) -> None:
    (post,) = postings(post_page(1, place=place), f"https://{HOST}{post_path(1)}")
    assert (post.is_luxembourg, post.luxembourg_basis in (basis, "name")) == (here, True)


def test_labels_in_recorded_texts() -> None:
    """What the labels say, found in texts that a program of others kept, beside the values which it read itself."""
    fields = {
        "Ministry": "ministry",
        "Administration/Organization": "body",
        "Application Deadline": "deadline",
        "Number of Vacancies": "vacancies",
        "Nationality": "nationality",
        "Status": "statut",
        "Job Category": "category",
    }
    right = wrong = 0
    for name in ("new_jobs_2026-02-17.json", "new_jobs_2025-05-24.json"):
        for kept in json.loads(shared_path(f"recordings/jobs/lu_govjobs/{name}").read_bytes()):
            for text in (kept["Full Description"], "Informations générales " + kept["Informations générales"]):
                said = facts(text)
                for theirs, ours in fields.items():
                    if theirs in kept:
                        agree = said.get(ours) == " ".join(kept[theirs].split())
                        right, wrong = right + agree, wrong + (not agree)
    assert right > 1_500
    assert wrong == 0


def test_pages_from_a_file_are_known_by_their_host_and_reference() -> None:
    for url in ("page.html", "file:page.html"):
        listed = decode("govjobs", result_page(article(1), article(2, link="/fr/poste-3.html")), context(url))
        assert [r.record_id for r in listed.records] == [f"govjobs:govjobs:{key(1)}", "govjobs:govjobs:poste-3"]
        [post] = decode("govjobs", post_page(7), context(url)).records
        assert post.record_id == "govjobs:govjobs:E00000007"


def test_a_post_that_is_over_is_no_ad() -> None:
    for body in (
        b"<h1>Cette offre n'est plus disponible</h1><div class='page-text'><p>Voir les autres.</p></div>",
        b"<h1>Gestionnaire</h1><div class='page-text'><p>Le poste n'est plus disponible.</p></div>",
    ):
        assert getattr(outcome(body), "reason", "") == "expired"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"<html><body>Maintenance</body></html>", "not_govjobs"),
        (b"<html><title>Just a moment...</title><script>challenge()</script></html>", "challenge"),
        (b'{"jobs": []}', "not_govjobs"),
        (b"<div class='page-text'>" + b"<div>" * 1000, "too_deep"),
        (b"<div class='page-text'>" + b"x" * 1_100_000, "text_too_long"),
        (b"<meta name=tdm-reservation content=1><div class='page-text'>x</div>", "tdm_reserved"),
    ],
)
def test_what_is_no_page_of_the_board(body: bytes, reason: str) -> None:
    assert getattr(outcome(body), "reason", "") == reason


def test_slips_cost_the_field_not_the_post() -> None:
    body = post_page(7).replace(b"31/03/2026", b"31/02/2026").replace(b"<h1>", b"<h1>\xff ")
    decoded = outcome(body, f"https://{HOST}{post_path(7)}")
    assert isinstance(decoded, Decoded)
    (post,) = decoded.records
    assert post.deadline_on is None  # type: ignore[attr-defined]
    assert any("31/02/2026" in note for note in decoded.notes)
    many = result_page(*(article(number) for number in range(1, 900)))
    assert len(postings(many)) == 200


@settings(max_examples=150, deadline=None)
@given(
    parts=st.lists(
        st.sampled_from(
            [
                '<div class="page-text">',
                '<ol class="search-results">',
                '<article class="search-result--job">',
                '<h2 class="article-title">',
                "<a href='http://['>",
                "<a href='/x-1.html'>",
                "<h1>",
                "</h1>",
                "Informations générales",
                "Statut",
                "Lieu",
                "Date limite de candidature",
                "99/99/9999",
                "(réf. E",
                "</div>",
                "\x00",
            ]
        )
        | st.text(max_size=5),
        max_size=20,
    )
)
def test_any_pieces_are_survived(parts: list[str]) -> None:
    body = "".join(parts).encode("utf-8", "replace")
    for url in (BASE, f"https://{HOST}{post_path(1)}", "no address"):
        outcome(body, url)


# -- crawls ------------------------------------------------------------------------------------------------------------


def source(**params: object) -> Source:
    registered = source_by_id("govjobs")
    return registered.model_copy(update={"delay_seconds": 0.0, "params": registered.params | params})


def serve(site: Site, numbers: list[int], count: int | None = None) -> None:
    def listing(asked: Asked) -> Answer:
        start = int(parse_qs(urlsplit(asked.path).query).get("b", ["0"])[0])
        shown = numbers[start : start + 20]
        return Answer(result_page(*(article(n) for n in shown), count=len(numbers) if count is None else count))

    site.pages[LISTING] = listing
    for number in numbers:
        site.serve(post_path(number), post_page(number, f"Mission numéro {number}."))


def live(root: Path, site: Site, chosen: Source) -> tuple[CrawlOutcome, dict[str, JobPosting], Decoded]:
    site.asked.clear()
    ended = crawl(chosen, root, mode="live", contact=CONTACT, host_map={HOST: site.base})
    decoded = decode_crawl(Archive(root), chosen, str(ended.crawl_id))
    return ended, {r.posting_id: r for r in decoded.records if isinstance(r, JobPosting)}, decoded


def test_paging_and_posts_over_several_crawls(tmp_path: Path, site: Site) -> None:
    numbers = list(range(1, 46))
    serve(site, numbers)
    chosen = source(posts_per_crawl=30)
    ended, found, _ = live(tmp_path, site, chosen)
    assert (ended.complete, ended.problem) == (True, None)
    starts = [urlsplit(asked.path).query for asked in site.asked if asked.path.startswith(LISTING)]
    assert starts == ["b=0", "b=20", "b=40", "b=60"]
    assert len([path for path in site.paths() if path.startswith("/fr/postuler")]) == 30
    assert len(found) == 45
    assert sum(bool(post.text) for post in found.values()) == 30
    assert Archive(tmp_path).crawls()[0].remarks == {"posts": "15 pages are left for the next crawl"}

    ended, again, decoded = live(tmp_path, site, chosen)
    assert len([path for path in site.paths() if path.startswith("/fr/postuler")]) == 15
    assert all(post.text for post in again.values())
    assert "30 postings with the text of an earlier crawl" in decoded.notes
    assert {k: p.content_sha256 for k, p in found.items() if p.text}.items() <= {
        k: p.content_sha256 for k, p in again.items()
    }.items()
    assert {post.crawl_id for post in again.values()} == {ended.crawl_id}

    serve(site, numbers[5:])  # five posts are closed
    site.pages.pop(post_path(1))
    ended, found, _ = live(tmp_path, site, chosen)
    assert ended.complete
    assert not [path for path in site.paths() if path.startswith("/fr/postuler")]
    assert set(found) == {key(number) for number in numbers[5:]}


def test_a_listing_that_repeats_itself_or_lists_too_little(tmp_path: Path, site: Site) -> None:
    serve(site, [1, 2, 3])
    site.pages[LISTING] = lambda asked: Answer(result_page(article(1), article(2), article(3), count=3))
    ended, found, _ = live(tmp_path / "repeats", site, source())
    assert (ended.complete, len(found)) == (True, 3)
    assert site.paths().count(LISTING) == 2

    serve(site, [1, 2, 3], count=80)
    ended, found, _ = live(tmp_path / "short", site, source())
    assert "the board counts 80 posts, 3 were listed" in str(ended.problem)
    assert len(found) == 3

    serve(site, list(range(1, 100)))
    ended, _, _ = live(tmp_path / "long", site, source(max_pages=2, posts_per_crawl=0))
    assert "the listing goes on after 2 pages" in str(ended.problem)


def test_gone_posts_challenges_and_robots(tmp_path: Path, site: Site) -> None:
    serve(site, [1, 2, 3])
    site.serve(post_path(2), b"", 410)
    site.serve(post_path(3), b"<html><title>Just a moment</title></html>")
    ended, found, decoded = live(tmp_path / "mixed", site, source())
    assert "bot challenge (Cloudflare)" in str(ended.problem)
    assert ended.trouble == "refused"
    assert [found[key(n)].text != "" for n in (1, 2, 3)] == [True, False, False]
    assert [reject.reason for reject in decoded.rejects] == ["challenge"]

    site.serve(LISTING, b"<html><title>Just a moment</title></html>")
    ended, found, _ = live(tmp_path / "challenge", site, source())
    assert (ended.complete, found) == (False, {})
    assert "bot challenge (Cloudflare)" in str(ended.problem)

    site.serve(LISTING, b"<html><title>Maintenance</title></html>")
    ended, found, _ = live(tmp_path / "maintenance", site, source())
    assert (ended.complete, found) == (False, {})
    assert "not a result page of the board" in str(ended.problem)

    site.serve("/robots.txt", b"User-agent: *\nDisallow: /fr/\n")
    ended, found, _ = live(tmp_path / "robots", site, source())
    assert site.paths() == ["/robots.txt"]
    assert "disallowed" in str(ended.problem)


def test_texts_older_than_the_look_back_are_not_used() -> None:
    from scrapers.decoders.around import Around, EarlierCrawl

    (listed,) = postings(result_page(article(1)))
    (read,) = postings(post_page(1), f"https://{HOST}{post_path(1)}")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for days, has_text in ((40, True), (50, False)):
        earlier = EarlierCrawl("earlier", now - timedelta(days=days), Decoded([read]))
        (record,) = finish(Decoded([listed]), Around(now, {}, lambda earlier=earlier: iter([earlier]))).records
        assert bool(record.text) == has_text  # type: ignore[attr-defined]
