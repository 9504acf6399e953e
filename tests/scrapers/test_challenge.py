"""Bot challenges told from pages: our own in the shapes of the services, and ordinary pages with their scripts."""

from __future__ import annotations

import time

import pytest

from scrapers.challenge import challenge_of
from tests.shared import shared_path

WORDS = "<p>" + "The employer looks after bridges and locks along the river. " * 30 + "</p>"


def page(inside: str, title: str = "", links: int = 0) -> bytes:
    anchors = "".join(f'<a href="/page-{n}">Page</a>' for n in range(links))
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{inside}{anchors}</body></html>".encode()


CHALLENGES = {
    "Akamai": page('<iframe id="sec-cpt-if" provider="crypto"></iframe>', "Challenge Validation"),
    "Cloudflare": page(
        "<script>window._cf_chl_opt={cType: 'managed'}</script><h1>jobs.example</h1>", "Just a moment..."
    ),
    "DataDome": page("<script>var dd={'host':'geo.captcha-delivery.com'}</script><p>Please enable JS</p>"),
    "HUMAN": page('<div id="px-captcha"></div>', "Access to this page has been denied."),
    "Imperva": page('<iframe src="/_Incapsula_Resource?x=1">Incapsula incident ID: 1-2</iframe>'),
    "AWS WAF": page("<script>window.gokuProps = {}; window.awsWafCookieDomainList = []</script>"),
    "Anubis": page(
        '<script id="anubis_challenge" type="application/json">{}</script>', "Making sure you&#39;re not a bot!"
    ),
    "Sucuri": page("<script>var S='sucuri_cloudproxy_js'</script>", "You are being redirected..."),
    "DDoS-Guard": page('<script src="/.well-known/ddos-guard/js-challenge/index.js"></script>', "DDoS-Guard"),
    "reCAPTCHA": page('<div class="g-recaptcha"></div><p>We have detected unusual traffic from your network.</p>'),
    "hCaptcha": page('<div class="h-captcha"></div><p>Veuillez vérifier que vous n’êtes pas un robot</p>'),
    "F5": page("The requested URL was rejected. Please consult with your administrator.<br>Your support ID is: 1"),
    "an unknown service": page("<h1>Checking your browser before accessing jobs.example</h1>"),
}


@pytest.mark.parametrize("service", CHALLENGES)
def test_a_challenge_is_known_by_its_service(service: str) -> None:
    assert challenge_of(CHALLENGES[service]) == service
    assert challenge_of(b"\xef\xbb\xbf\r\n" + CHALLENGES[service].upper()) == service


def test_a_block_page_is_known_as_a_whole_or_by_its_title() -> None:
    denied = "<h1>Access Denied</h1>You don't have permission to access this on this server. {}"
    for address in (
        "https://errors.edgesuite.net/18.1",
        "https&#58;&#47;&#47;errors&#46;edgesuite&#46;net&#47;18&#46;1",
    ):
        assert challenge_of(page(denied.format(address), "Access Denied")) == "Akamai"
    assert challenge_of(page(denied.format(""), "Access Denied")) is None
    assert challenge_of(page("<p>Your support ID is: 1</p>", "Request Rejected")) == "F5"
    assert challenge_of(page(f"{WORDS}<p>Your support ID is: 1</p>", "Request Rejected")) is None


def test_a_challenge_in_json() -> None:
    assert challenge_of(b'{"url":"https://geo.captcha-delivery.com/captcha/?x=1"}') == "DataDome"
    assert challenge_of(b'{"jobs":[{"title":"Work on captcha-delivery.com/captcha"}]}' + b" " * 5000) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"id,title\n1,x",
        b"<html></html>",
        page("", "Just a moment", links=5),
        # Scripts of such services on ordinary pages.
        page(f'{WORDS}<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>'),
        page('<div id="app"></div><script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>'),
        page('<div id="app"></div><script src="https://www.google.com/recaptcha/api.js"></script>'),
        page(f'{WORDS}<div class="h-captcha"></div><p>Confirm that you are not a robot to apply.</p>'),
        page("<p>Confirm that you are not a robot.</p>", links=9),
        page('<script>window._pxAppId="x"</script><p>Short page</p>'),
        # What speaks to machines.
        b"<rss><channel><item><title>Checking your browser</title></item></channel></rss>",
        b"<urlset><url><loc>https://x.example/px-captcha</loc></url></urlset>",
        page('<script type="application/ld+json">{"@type": "JobPosting", "title": "Not a robot"}</script>px-captcha'),
    ],
)
def test_an_answer_is_not_taken_for_a_challenge(body: bytes) -> None:
    assert challenge_of(body) is None


def test_of_all_recordings_one_is_a_challenge() -> None:
    root = shared_path("recordings")
    found = {path.name for path in root.rglob("*") if path.is_file() and challenge_of(path.read_bytes())}
    assert found == {"challenge-page.html"}


@pytest.mark.parametrize("junk", [b"<script ", b"<!--", b"<title ", b"<a href=#", b"<iframe ", b"<style>", b"<a "])
def test_hostile_pages_take_time_in_proportion(junk: bytes) -> None:
    started = time.process_time()
    challenge_of(b"<i>kpsdk datadome " + junk * 60_000)
    assert time.process_time() - started < 1
