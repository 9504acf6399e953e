"""Single values of job advertisements: pay, days in words, languages, ids, places in parts; and what they refuse."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest

from scrapers.decoders import pay
from scrapers.decoders import posting_values as values
from scrapers.decoders.pay import Salary

READ_AT = datetime(2026, 10, 1, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "day", "precision"),
    [
        ("Posted Today", date(2026, 10, 1), "days"),
        ("Posted Yesterday", date(2026, 9, 30), "days"),
        ("Posted 3 Days Ago", date(2026, 9, 28), "days"),
        ("Posted 30+ Days Ago", date(2026, 9, 1), "on_or_before"),
        ("Publié aujourd’hui", date(2026, 10, 1), "days"),
        ("Publié hier", date(2026, 9, 30), "days"),
        ("Publié il y a 12 jours", date(2026, 9, 19), "days"),
        ("Publié il y a plus de 30 jours", date(2026, 9, 1), "on_or_before"),
        ("Heute ausgeschrieben", date(2026, 10, 1), "days"),
        ("Gestern ausgeschrieben", date(2026, 9, 30), "days"),
        ("Vor 2 Tagen ausgeschrieben", date(2026, 9, 29), "days"),
        ("Vor mehr als 30 Tagen ausgeschrieben", date(2026, 9, 1), "on_or_before"),
        ("vor einem Tag", date(2026, 9, 30), "days"),
        ("5 hours ago", date(2026, 10, 1), "days"),
        ("2 weeks ago", date(2026, 9, 17), "on_or_before"),
        ("a month ago", date(2026, 9, 1), "on_or_before"),
        ("9999 months ago", None, ""),
        ("2026-09-28", None, ""),
        ("3 days of holidays", None, ""),
        ("", None, ""),
        (None, None, ""),
    ],
)
def test_days_in_words_are_reckoned_from_the_reading(said: object, day: date | None, precision: str) -> None:
    assert values.relative_day(said, READ_AT) == (day, precision)


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        (4200, 4200.0),
        ("4200", 4200.0),
        ("4,200.50", 4200.5),
        ("4.200,50", 4200.5),
        ("62 000", 62000.0),
        ("62\u202f000", 62000.0),
        ("1'234'567", 1234567.0),
        ("18.50", 18.5),
        ("24,75", 24.75),
        (0, None),
        (-5, None),
        (2e9, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        ("70K", 70000.0),
        ("€ 62,500", 62500.0),
        ("1" * 500, None),
        ([], None),
    ],
)
def test_amounts(said: object, amount: float | None) -> None:
    assert pay.amount(said) == amount


@pytest.mark.parametrize(
    ("said", "period"),
    [
        ("per-year-salary", "year"),
        ("1 YEAR", "year"),
        ("YEAR", "year"),
        ("annually", "year"),
        ("par an", "year"),
        ("per-month-salary", "month"),
        ("mensuel", "month"),
        ("Monat", "month"),
        ("per-week-salary", "week"),
        ("per-day-wage", "day"),
        ("per-hour-wage", "hour"),
        ("pro Stunde", "hour"),
        ("bi-week-salary", ""),
        ("semi-month-salary", ""),
        ("one-time", ""),
        ("NONE", ""),
        (None, ""),
    ],
)
def test_periods(said: object, period: str) -> None:
    assert pay.period_of(said) == period


def test_pay_says_nothing_where_nothing_is_said() -> None:
    assert pay.salary() is None
    assert pay.salary(0, 0, "EUR", "year") is None
    assert pay.salary(text="by agreement") == Salary(text="by agreement")
    assert pay.salary(9, "3", "€", "hour") == Salary(3.0, 9.0, "EUR", "hour")
    assert pay.salary(9, None, "$", "hour") == Salary(9.0, None, "", "hour")  # whose dollar nobody says


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("fr", "fr"),
        ("pt_BR", "pt-br"),
        ("zh-Hant-TW", "zh-hant-tw"),
        ("Lëtzebuergesch", "lb"),
        ("allemand", "de"),
        ("French!", None),
        ("français courant", None),
        (7, None),
        ("e" * 100, None),
    ],
)
def test_languages(said: object, code: str | None) -> None:
    assert values.language_code(said) == code


def test_languages_of_a_list_stand_once() -> None:
    listed: list[object] = ["English", {"code": "fr"}, {"locale": "en"}, {"name": "German"}, None, 7, {"code": []}]
    assert values.language_codes(listed) == ["en", "fr", "de"]
    assert values.language_codes("en") == []


@pytest.mark.parametrize(
    ("said", "known"),
    [
        (7, "7"),
        (" a-b_c.9 ", "a-b_c.9"),
        (True, None),
        (-1, None),
        (10**40, None),
        (1.5, None),
        ("a/b", None),
        ("x" * 81, None),
        ("", None),
        ({}, None),
    ],
)
def test_ids(said: object, known: str | None) -> None:
    assert values.identifier(said) == known


def test_places_in_parts_are_one_line() -> None:
    assert values.place(city="Luxembourg", region="Luxembourg", country="LU") == "Luxembourg, LU"
    assert values.place(city="Arlon", region="Luxembourg", postcode=6700, country="BE") == "6700 Arlon, Luxembourg, BE"
    assert values.place(city=None, country=["LU"]) == ""


@pytest.mark.parametrize(
    ("where", "country", "line"),
    [
        ("Luxembourg", "BE", "Luxembourg, BE"),
        ("Luxembourg, BE", "BE", "Luxembourg, BE"),
        ("Metz, France", "France", "Metz, France"),
        ("London / Luxembourg", "GB", "London / Luxembourg"),
        ("", "LU", "LU"),
        ("Wiltz", None, "Wiltz"),
    ],
)
def test_a_country_beside_a_place_is_added_once(where: str, country: object, line: str) -> None:
    assert values.with_country(where, country) == line


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        (1785801600123, datetime(2026, 8, 4, tzinfo=UTC)),
        ("1785801600123", datetime(2026, 8, 4, tzinfo=UTC)),
        (1785801600, None),  # seconds where milliseconds are due
        (-1, None),
        (1e300, None),
        (float("nan"), None),
        (True, None),
        ("soon", None),
    ],
)
def test_moments_since_1970(said: object, moment: datetime | None) -> None:
    assert values.moment_of_epoch(said) == moment


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("Wed, 19 Aug 2026 23:10:38 GMT", datetime(2026, 8, 19, 23, 10, 38, tzinfo=UTC)),
        ("19 Aug 2026 23:10:38 +0200", datetime(2026, 8, 19, 21, 10, 38, tzinfo=UTC)),
        ("2026-09-10", datetime(2026, 9, 10, tzinfo=UTC)),
        ("2026-09-02 22:30:00 UTC", datetime(2026, 9, 2, 22, 30, tzinfo=UTC)),
        ("99 Aug 2026", None),
        (None, None),
    ],
)
def test_moments_of_mail_and_feeds(said: object, moment: datetime | None) -> None:
    assert values.moment_of_mail(said) == moment


@pytest.mark.parametrize(
    ("said", "workplace"),
    [
        ("OnSite", "on_site"),
        ("on-site", "on_site"),
        ("Hybrid", "hybrid"),
        ("fully_remote", "remote"),
        ("unspecified", ""),
        (3, ""),
    ],
)
def test_workplaces(said: object, workplace: str) -> None:
    assert values.workplace_of(said) == workplace


@pytest.mark.parametrize(
    ("said", "count"), [(3, 3), ("3", 3), (2.0, 2), (0, None), (True, None), ("many", None), (10**9, None)]
)
def test_vacancies(said: object, count: int | None) -> None:
    assert values.vacancies_of(said) == count


def test_what_is_shown_of_a_value_is_short_and_never_deep() -> None:
    deep: object = []
    for _ in range(100_000):
        deep = [deep]
    assert values.shown(deep) == "a list"
    assert values.shown("x" * 100) == repr("x" * 40)
    assert (values.shown(7), values.shown(None)) == ("7", "None")
    while deep:  # taken apart from outside: nested lists are freed by recursion
        deep = deep[0]  # type: ignore[index]


def test_hostile_lines_take_no_time() -> None:
    started = time.process_time()
    for junk in ("1 " * 500_000, "&amp;" * 500_000, "ago " * 500_000, "\u202f" * 1_000_000, "1." * 500_000):
        values.clean(junk)
        values.relative_day(junk, READ_AT)
        pay.amount(junk)
        pay.period_of(junk)
        values.moment_of_mail(junk)
        values.with_country(junk, junk)
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("minimum", "maximum", "currency", "expected"),
    [
        ("60k", "80K", "€", Salary(60000.0, 80000.0, "EUR", "year")),
        ("60000-80000", "60000-80000", "EUR", Salary(60000.0, 80000.0, "EUR", "year")),
        ("60 – 80k", None, "EUR", Salary(60000.0, 80000.0, "EUR", "year")),
        ("€60k", "€80k", "", Salary(60000.0, 80000.0, "EUR", "year")),
        ("sixty 60", "80.x", "EUR", Salary(text="sixty 60 - 80.x")),
        ("80000-60000", None, "EUR", Salary(text="80000-60000")),
        ("0.00", "0", "EUR", None),
        ("n/a", None, "EUR", None),
    ],
)
def test_pay_never_vanishes_without_a_word(
    minimum: object, maximum: object, currency: str, expected: Salary | None
) -> None:
    assert pay.salary(minimum, maximum, currency, "year") == expected


@pytest.mark.parametrize(
    ("words", "period"),
    [
        ("Annual base salary", "year"),
        ("Salaire mensuel brut", "month"),
        ("Jahresgehalt", "year"),
        ("Pay per hour", "hour"),
        ("Hourly or monthly", ""),
        ("Pay range of an engineer", ""),
    ],
)
def test_the_period_that_a_few_words_name(words: str, period: str) -> None:
    assert pay.period_in(words) == period


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("<b>Dev</b> &lt;i&gt;AI&lt;/i&gt;", "Dev AI"),
        ("Dev<br/>Data &amp;amp; AI", "Dev Data & AI"),
        ("C++ <T> & Vec&lt;A&gt;", "C++ <T> & Vec<A>"),
        ("<span class='x'>Koch</span> (m/w)", "Koch (m/w)"),
        (7, ""),
    ],
)
def test_titles_are_plain(said: object, title: str) -> None:
    assert values.headline(said) == title


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (r"Mission:\n\nBuild.\nProfile:\nPython", "Mission:\n\nBuild.\nProfile:\nPython"),
        (r"<p class=\"x\">A<\/p>\n<p>B<\/p>", '<p class="x">A</p>\n<p>B</p>'),
        (r"\u003cp\u003e\ud83d\ude00\u003c/p\u003e", "<p>\U0001f600</p>"),
        (r"Share on C:\new and nothing else", r"Share on C:\new and nothing else"),
        ("A line\nand " + r"x.\nY and \n\n", "A line\nand " + r"x.\nY and \n\n"),
    ],
)
def test_a_text_that_was_made_json_twice(text: str, meant: str) -> None:
    assert values.without_escapes(text) == meant


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("Thu Oct 01 00:00:00 UTC 2026", datetime(2026, 10, 1, tzinfo=UTC)),
        ("Thu Oct 01 02:00:00 CEST 2026", datetime(2026, 10, 1, tzinfo=UTC)),
        ("Thu Oct 01 02:00:00 GMT+02:00 2026", datetime(2026, 10, 1, tzinfo=UTC)),
        ("Thu Foo 01 02:00:00 UTC 2026", None),
        ("2026-W40", None),
    ],
)
def test_moments_as_java_writes_them(said: str, moment: datetime | None) -> None:
    assert values.moment_of_mail(said) == moment
