"""One indicator cell in words: its state, its value with interval, what it speaks of, and the sentence to quote.

Belongs here: everything that turns one row of indicator_value into text. Never here: tables and charts of many rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from warehouse.reading import formats
from warehouse.reading.breaks import DEFAULT_SIZE, DEFAULT_TECHNOLOGY, breaks_before
from warehouse.reading.compare import OFFICIAL
from warehouse.reading.reader import ReleaseReader, Row
from warehouse.reading.texts import either, has, t, typeset

State = Literal["published", "uncertain", "suppressed", "missing"]
# Observation status flags of the European Statistical System that readers meet; others are shown as the bare letter.
KNOWN_FLAGS = "bcdefnprsuz"
FEWEST_ADS = 30  # effective ads from which the display ladder shows a share at all, given enough hits
POOLED = "4q"  # value of the dimension "window" for cells over four quarters


def state(row: Mapping[str, Any]) -> State:
    """How a cell may be shown: empty, suppressed and zero are three different things."""
    if text(row.get("suppressed_because")):
        return "suppressed"
    if not formats.is_present(row["value"]):
        return "suppressed" if "c" in text(row.get("flags")).lower() else "missing"
    return "uncertain" if "u" in text(row.get("flags")) else "published"


def text(value: Any) -> str:
    """A nullable text column as a string."""
    return value if isinstance(value, str) else ""


def value_text(row: Row, lang: str) -> str:
    """The value with its unit, or why there is none."""
    match state(row):
        case "suppressed":
            if withheld_by_publisher(row):
                return t("cell.withheld", lang)
            return either([f"cell.suppressed_{row.get('suppressed_because')}", "cell.suppressed"], lang)
        case "missing":
            return t("cell.missing", lang)
    return formats.number(float(row["value"]), text(row["unit"]), lang)


def withheld_by_publisher(row: Row) -> bool:
    """True when the source itself gives no value: then too few cases is not the reason that we know."""
    return text(row.get("suppressed_because")) in ("", "publisher")


def interval_text(row: Row, lang: str) -> str:
    """The interval in brackets, empty when the cell has none."""
    return (
        formats.interval(row["low"], row["high"], text(row["unit"]), lang)
        if state(row) in ("published", "uncertain")
        else ""
    )


def with_interval(row: Row, lang: str) -> str:
    """Value and interval: ``2.4 % [1.9–3.1]``."""
    return f"{value_text(row, lang)} {interval_text(row, lang)}".strip()


def reason(row: Row, lang: str) -> str:
    """Why a cell is not shown: too few, one employer dominates, confidential at the publisher, not published."""
    because = text(row.get("suppressed_because"))
    if because == "too_few" and _hits_are_too_few(row):
        return either([f"reason.too_few_hits_{row['indicator_code']}", "reason.too_few_hits"], lang)
    if because == "publisher" and "c" in text(row.get("flags")).lower():
        return t("reason.confidential", lang)
    if because:
        return either(
            [f"reason.{because}_{row['indicator_code']}", f"reason.{because}", "reason.other"], lang, code=because
        )
    return t("reason.confidential" if state(row) == "suppressed" else "reason.missing", lang)


def _hits_are_too_few(row: Row) -> bool:
    """True when a cell has enough ads for the display ladder and only the hits among them are too few."""
    size = row.get("n_effective")
    return size is not None and formats.is_present(row["k"]) and bool(size >= FEWEST_ADS)  # NaN is not


def break_text(reader: ReleaseReader, row: Row, lang: str, earlier: str = "") -> str:
    """``break in series in 2025`` for a cell behind a break (see breaks.py), else empty."""
    periods = [formats.period(known.period, lang) for known in breaks_before(reader, row, earlier)]
    return t("cell.break", lang, period=", ".join(periods)) if periods else ""


def flag_texts(flags: Any, lang: str) -> list[str]:
    """Each flag of a cell with its meaning: ``["b: break in the series"]``."""
    letters = dict.fromkeys(letter for letter in text(flags) if letter.isalpha())
    known = {letter: letter.lower() for letter in letters if letter.lower() in KNOWN_FLAGS}
    said = [f"{letter}: {t(f'flag.{known[letter]}', lang)}" if letter in known else letter for letter in letters]
    return [typeset(meaning, lang) for meaning in said]


def label(reader: ReleaseReader, codelist: str, code: str, lang: str) -> str:
    """Label of a code: ours where the catalogue has one, else the release's, else the code itself."""
    key = f"code.{codelist}.{code}"
    if has(key):
        return t(key, lang)
    return typeset(reader.label(codelist, code, lang) or code, lang)


def sign_of_size(row: Row, lang: str) -> str:
    """How many postings a value rests on: ``n = 1,284``, with k for shares; empty for official cells."""
    if not formats.is_present(row["n"]):
        return ""
    size = f"n{formats.NBSP}={formats.NBSP}{formats.integer(row['n'], lang)}"
    return (
        f"k{formats.NBSP}={formats.NBSP}{formats.integer(row['k'], lang)},{formats.NBSP}{size}"
        if formats.is_present(row["k"])
        else size
    )


def period_text(row: Row, lang: str) -> str:
    """The period a cell is counted over: a year, a quarter, or the four quarters that end with it."""
    said = formats.period(row["period"], lang)
    return t("cell.pooled", lang, period=said) if row.get("window_quarters") == 4 else said


def phrase(reader: ReleaseReader, row: Row, lang: str) -> str:
    """What the value is a share of, as the continuation of the number: "of new job postings … ask for …"."""
    dimensions: Mapping[str, str] = row["dimensions"]
    code = row["indicator_code"]
    dimensions = {name: value for name, value in dimensions.items() if name != "window"}
    places = {"geo": label(reader, "geo", row["geo"], lang), "period": period_text(row, lang)}
    if code == "A1":
        technology = dimensions.get("indic_is", DEFAULT_TECHNOLOGY)
        size = label(reader, "size_emp", dimensions.get("size_emp", DEFAULT_SIZE), lang)
        if technology == DEFAULT_TECHNOLOGY:
            return t("say.A1", lang, size=size, **places)
        return t("say.A1_technology", lang, size=size, technology=label(reader, "indic_is", technology, lang), **places)
    named = {name: label(reader, name, value, lang) for name, value in dimensions.items()}
    key = f"say.{code}" + "".join(f"_{name}" for name in sorted(dimensions))
    if "ai_class" in dimensions:
        key = f"say.{code}_ai_class_{dimensions['ai_class']}"
    if len(dimensions) == 1:  # where one key has several meanings, each has a sentence of its own
        ((name, value),) = dimensions.items()
        key = next((own for own in (f"say.{code}_{name}_{value}",) if has(own)), key)
    if has(key):
        return t(key, lang, **places, **named)
    about = reader.indicator(code, lang)
    return t("say.generic", lang, name=about.name if about else code, detail=", ".join(named.values()) or "–", **places)


def sentence(reader: ReleaseReader, row: Row, lang: str) -> str:
    """One value to quote: number, interval, unit, population, period, size, source, release. Never a bare number."""
    if state(row) in ("suppressed", "missing"):
        head = f"{value_text(row, lang)} ({reason(row, lang)}): {phrase(reader, row, lang)}"
    else:
        head = f"{with_interval(row, lang)} {phrase(reader, row, lang)}"
    details = [sign_of_size(row, lang)]
    if interval_text(row, lang):
        details.append(
            t("cell.level", lang, level=formats.integer(float(row["level"] or 0.95) * 100, lang) + formats.NBSP + "%")
        )
    elif row["estimator"] == OFFICIAL:
        details.append(t("cell.official", lang))
    details += flag_texts(row["flags"], lang)
    details.append(break_text(reader, row, lang))
    publishers = [publisher(reader, source_id) for source_id in cited_sources(reader, row["indicator_code"])]
    details.append(t("cell.source", lang, source=", ".join(publishers) or t("cell.unknown_source", lang)))
    details.append(t("cell.release", lang, release=reader.release_id))
    if row["is_sample"]:
        details.append(t("sample.short", lang))
    return typeset(f"{head} ({'; '.join(part for part in details if part)})", lang)


def cited_sources(reader: ReleaseReader, code: str) -> list[str]:
    """Sources that an indicator's values in this release come from: those of its sources that gave records to it."""
    about = reader.indicator(code)
    known = reader.sources()
    gave = set(known[known["records"].fillna(0) > 0]["source_id"])
    named = list(about.sources) if about else []
    return [source_id for source_id in named if source_id in gave] or [
        source_id for source_id in named if source_id in set(known["source_id"])
    ]


def publisher_of_dataset(reader: ReleaseReader, dataset_id: str) -> str:
    """Who publishes a dataset: the publisher of the source named after it, else the dataset's own name."""
    for source in reader.sources().to_dict("records"):
        if str(source["source_id"]).endswith(dataset_id):
            return text(source["publisher"]) or dataset_id
    return dataset_id


def publisher(reader: ReleaseReader, source_id: str) -> str:
    """Title of a source as it is cited, with its publisher when the title does not name it."""
    source = reader.source(source_id)
    if source is None:
        return source_id
    title, name = text(source["title"]), text(source["publisher"])
    return title if not name or name in title else f"{name}, {title}"
