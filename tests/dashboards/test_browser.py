"""The dashboards in a real browser: nothing breaks, charts are painted, nothing leaves this machine, addresses
round-trip, and axe-core finds no serious fault of ours.

Run with ``pytest -m browser``; skipped otherwise. In CI a missing Chromium or Playwright is a failure.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reading.release_builder import RELEASE_A, RELEASE_B
from warehouse.reading.texts import t

pytestmark = pytest.mark.browser
PROJECT = Path(__file__).resolve().parents[2]
CHARTS = {
    **{"": 0, "adoption": 4, "talent": 7, "investment": 4, "research": 3, "techwatch": 2, "sources": 0, "methods": 0}
}
CONTROLS = [  # (page, parameter, value that is not the default)
    ("adoption", "year", "2023"),
    ("talent", "quarter", "2026-Q2"),
    ("talent", "window", "1q"),
    ("investment", "projects", "all"),
    ("investment", "signed", "2023"),
    ("techwatch", "about", "all"),
    ("techwatch", "month", "2026-08"),
    ("sources", "show", "used"),
    ("sources", "aside", "greenhouse_sample"),
    ("sources", "event", "changed"),
    ("sources", "of", "greenhouse_sample"),
    ("sources", "log", "2"),
    ("methods", "family", "talent"),
    ("methods", "status", "planned"),
]
# Faults of Streamlit 1.67 itself, by axe rule and the part of the page that it draws: nothing of ours can mend them.
STREAMLITS_OWN: dict[str, tuple[str, ...]] = {}
# Streamlit asks for its own endpoints below a page's path first, gets 404, and then asks at the root.
EXPECTED_404 = ("_stcore/health", "_stcore/host-config")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module", autouse=True)
def _only_when_asked(request: pytest.FixtureRequest) -> None:
    if "browser" not in str(request.config.getoption("markexpr")):
        pytest.skip("browser tests run with -m browser")


def needed(what: str) -> None:
    """Skip on a machine without a browser, fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing; CI must provide it")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="module")
def server(data_root: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "dashboards/app.py", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true", "--server.fileWatcherType", "none"]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ | {"OBSERVATORY_DATA": str(data_root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                break
            except OSError:
                assert process.poll() is None, "streamlit ended before it answered"
                time.sleep(0.5)
        else:
            pytest.fail("streamlit did not answer within a minute")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        needed("playwright")
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(chromium).exists():
        needed("Chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, server: str) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    foreign: list[str] = []
    local = (server, "data:", "blob:", server.replace("http", "ws"))
    opened.on("request", lambda request: None if request.url.startswith(local) else foreign.append(request.url))
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(said(message)) if is_fault(message) else None)
    opened.on("websocket", lambda socket_: None if socket_.url.startswith(local) else foreign.append(socket_.url))
    yield opened
    assert foreign == []  # no font, script, icon or statistics from anywhere else
    assert faults == []
    context.close()


def said(message: Any) -> str:
    return f"{message.text} ({message.location.get('url', '')})"


def is_fault(message: Any) -> bool:
    """An error on the console, save the two requests that Streamlit itself expects to fail."""
    return message.type == "error" and not str(message.location.get("url", "")).endswith(EXPECTED_404)


def visit(page: Any, address: str) -> None:
    page.goto(address)
    settled(page)


def settled(page: Any) -> None:
    """Wait until the page has run to its end."""
    page.wait_for_selector(".st-key-app_footer", timeout=60_000)
    page.wait_for_function("() => !document.querySelector('[data-stale=\"true\"]')", timeout=30_000)


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("path", CHARTS)
def test_every_page_paints_its_charts(page: Any, server: str, path: str, lang: str) -> None:
    visit(page, f"{server}/{path}?lang={lang}")
    page.wait_for_function(
        f"() => document.querySelectorAll('.js-plotly-plot').length === {CHARTS[path]}", timeout=30_000
    )
    painted = page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].map(plot =>
             plot.querySelectorAll('.point path, .js-line, .points path').length)"""
    )
    assert all(marks > 0 for marks in painted), painted
    assert page.locator("[data-testid=stException]").count() == 0
    text = page.locator("[data-testid=stMain]").inner_text()
    assert "Traceback" not in text
    assert t("sample.banner", lang) in text
    assert RELEASE_B in text
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.wait_for_function(f"() => document.documentElement.lang === '{lang}'", timeout=10_000)
    name = path or "overview"
    assert page.title() == f"{t(f'app.{name}', lang)} · {t('app.title', lang)}"
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels
    described = page.evaluate(
        "[...document.querySelectorAll('[data-testid=stPlotlyChart]')].map(c => !!c.closest('[aria-label]')"
        " || !!c.querySelector('[aria-label]') || !!c.getAttribute('aria-label'))"
    )
    assert all(described), described
    assert serious(page) == []


def serious(page: Any) -> list[str]:
    """Serious and critical findings of axe-core that are not Streamlit's own, as ``rule: selector``."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        needed("axe-playwright-python")
    found = []
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] not in ("serious", "critical"):
            continue
        for node in violation["nodes"]:
            where = " ".join(str(part) for part in node["target"])
            if not any(own in where for own in STREAMLITS_OWN.get(violation["id"], ())):
                found.append(f"{violation['id']}: {where}: {node['html'][:160]}")
    return found


@pytest.mark.parametrize(("path", "name", "value"), CONTROLS)
def test_every_control_round_trips(page: Any, server: str, path: str, name: str, value: str) -> None:
    """What the address asks for is shown, and choosing the default again leaves the address short."""
    visit(page, f"{server}/{path}?{name}={value}")
    assert f"{name}={value}" in page.url
    control = page.locator(f".st-key-choice_{name} input")
    assert page.locator("[data-testid=stAlert]").filter(has_text=f"“{value}”").count() == 0  # not reported as unknown
    chosen = control.get_attribute("value") or page.locator(f".st-key-choice_{name}").inner_text()
    other = page.locator("[role=option]").first
    for _ in range(4):  # a run that ends just then closes the list again
        control.scroll_into_view_if_needed()
        control.click()
        page.wait_for_timeout(700)
        if other.count():
            break
    label = other.inner_text()
    assert label not in chosen.splitlines()
    other.click()
    page.wait_for_function(f"() => !location.search.includes('{name}={value}')", timeout=15_000)
    settled(page)
    page.reload()
    settled(page)
    assert label in (control.get_attribute("value") or page.locator(f".st-key-choice_{name}").inner_text())


def test_the_keyboard_reaches_navigation_controls_and_downloads(page: Any, server: str) -> None:
    visit(page, f"{server}/investment")
    reached: set[str] = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "() => { const e = document.activeElement; const k = e.closest('[class*=st-key-]');"
                " return (k ? [...k.classList].find(c => c.startsWith('st-key-')) : e.tagName) || e.tagName; }"
            )
        )
    assert "A" in reached  # the navigation
    wanted = ("st-key-app_lang", "st-key-csv_investment_contributions", "st-key-choice_projects")
    assert set(wanted) <= reached, reached


def test_the_address_round_trips_across_pages(page: Any, server: str) -> None:
    visit(page, f"{server}/adoption?lang=fr&year=2025&v={RELEASE_A}")
    assert (
        t("app.pinned", "fr", release=RELEASE_A, current=RELEASE_B) in page.locator("[data-testid=stMain]").inner_text()
    )
    page.get_by_role("link", name=t("app.talent", "fr")).click()
    page.wait_for_url("**/talent**", timeout=30_000)
    page.wait_for_function(f"() => location.search.includes('lang=fr') && location.search.includes('{RELEASE_A}')")
    assert "year" not in page.url  # a parameter of one page stays with that page
    page.wait_for_selector(f"text={t('talent.lead', 'fr')}", timeout=30_000)
    copied = page.url
    page.goto("about:blank")
    visit(page, copied)
    text = page.locator("[data-testid=stMain]").inner_text()
    assert t("talent.lead", "fr") in text
    assert RELEASE_A in text


def test_a_narrow_screen_does_not_scroll_sideways(page: Any, server: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    for path in CHARTS:
        visit(page, f"{server}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
