"""The sentences of an edition: changes, series that did not move, corrections, sources, in one language.

Belongs here: putting a selection into words, every number through the ledger. Never here: choosing (selection.py),
layout (templates).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publications.edition import Field, Ledger
from publications.headlines import other_definition
from publications.members import TOPICS
from publications.selection import RECENT_DAYS, Change, Correction, Selection
from publications.sources import SourceState
from warehouse.reading import adoption, cells, formats
from warehouse.reading.breaks import SourceChange, lies_behind_break
from warehouse.reading.compare import OFFICIAL, Movement, key_of, newest
from warehouse.reading.reader import Row, as_utc
from warehouse.reading.texts import t, tn, typeset

SMALL_COUNT = 10  # below, a count is said to be small: its interval is as wide as itself


def sentence_case(text: str) -> str:
    """The first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """A text with a full stop, unless it ends with one."""
    return text if text.endswith((".", "!", "?", "…")) else text + "."


def statement(ledger: Ledger, row: Row) -> str:
    """Value, interval and what it speaks of."""
    return f"{ledger.value(row)} {ledger.phrase(row)}"


def lead(ledger: Ledger, change: Change) -> str:
    """A change in one line; a break is named with it, because the value alone would read as a rise or a fall."""
    said = statement(ledger, change.now)
    return f"{said} ({t('digest.lead_break', ledger.lang)})" if change.why == "break" else said


def link(ledger: Ledger, row: Row, public_url: str) -> str:
    """Address of the dashboard page with this figure in this release; empty while nothing public is served."""
    if not public_url:
        return ""
    topic = family(ledger, row)
    page = topic if topic in TOPICS else "overview"  # each topic has its page under its own name
    return f"{public_url.rstrip('/')}/{page}?lang={ledger.lang}&v={ledger.reader.release_id}"


def family(ledger: Ledger, row: Row) -> str:
    """The family of a cell's indicator: the topic that members follow."""
    about = ledger.reader.indicator(row["indicator_code"])
    return about.family if about else ""


def change_item(ledger: Ledger, change: Change, chosen: Selection, public_url: str) -> dict[str, str]:
    """One change: statement, value before, why it counts, how sure, where from."""
    lang, row = ledger.lang, change.now
    record = not cells.interval_text(row, lang)
    badge = "official" if row["estimator"] == OFFICIAL else "record" if record else "firm"
    if cells.state(row) == "uncertain":
        badge = "few"
    elif badge == "firm" and not formats.is_percent(cells.text(row["unit"])) and abs(row["value"]) < SMALL_COUNT:
        badge = "small"
    beside = (_before(ledger, change, chosen), _break(ledger, change, chosen), _newer(ledger, row))
    notes = [
        sentence_case("; ".join(note for note in beside if note)),
        ledger.size(row),
        _other_definition(ledger, row),
        *(ledger.allow(meaning, "meaning of a flag") for meaning in cells.flag_texts(row["flags"], lang)),
    ]
    named = [ledger.source(source_id) for source_id in cells.cited_sources(ledger.reader, row["indicator_code"])]
    return {
        "family": family(ledger, row),
        "number": ledger.value(row),
        "phrase": ledger.phrase(row),
        "notes": sentence(typeset("; ".join(note for note in notes if note), lang)) if any(notes) else "",
        "why": t(f"digest.why_{change.why}", lang) if change.why != "first" else "",
        "badge": t(f"digest.badge_{badge}", lang),
        "source": sentence_case(t("cell.source", lang, source="; ".join(named) or t("cell.unknown_source", lang))),
        "link": link(ledger, row, public_url),
    }


def _before(ledger: Ledger, change: Change, chosen: Selection) -> str:
    """The value to compare with; a direction is named only where a test says that there is one, and a tested value
    that only says where things stand carries the verdict.
    """
    before = change.before
    if before is None or not formats.is_present(before["value"]):
        return ""
    filled = {"period": ledger.period(before["period"]), "value": ledger.value(before)}
    if change.why != "test":
        said = t("digest.was_at", ledger.lang, **filled)
        verdict = chosen.verdicts.get(key_of(change.now)) if change.why == "first" else None
        if verdict is None:
            return said
        return t("digest.stood_beyond" if verdict else "digest.stood_within", ledger.lang, before=said)
    direction = "up" if float(change.now["value"]) > float(before["value"]) else "down"
    return t(f"digest.{direction}_from", ledger.lang, **filled)


def _break(ledger: Ledger, change: Change, chosen: Selection) -> str:
    """That a break lies between a value and the one before, if one does."""
    row, before, lang = change.now, change.before, ledger.lang
    if before is None:
        return ""
    said = cells.break_text(ledger.reader, row, lang, str(before["period"]))
    if said:
        return ledger.allow(said, "period of a break in the series")
    sources = [one for one in chosen.breaks if one.code == row["indicator_code"]]
    if sources and "b" not in cells.text(row["flags"]) and lies_behind_break(ledger.reader, row, before, chosen.breaks):
        return t("digest.break_sources", lang, period=ledger.period(sources[-1].period))
    return ""


def _newer(ledger: Ledger, row: Row) -> str:
    """For an official value of an older year: the area's newer one, with the break that keeps the two apart."""
    if row["estimator"] != OFFICIAL:
        return ""
    latest = newest(ledger.reader, row["indicator_code"], geo=row["geo"], dimensions=row["dimensions"])
    if latest is None or latest["period"] <= row["period"]:
        return ""
    broken = cells.break_text(ledger.reader, latest, ledger.lang, earlier=row["period"])
    if not broken:
        return ""
    note = ledger.allow(broken, "period of a break in the series")
    return t("digest.newer", ledger.lang, value=ledger.value(latest), period=ledger.period(latest["period"]), note=note)


def _other_definition(ledger: Ledger, row: Row) -> str:
    """The value of the same period under the indicator's other definition, where it has two."""
    other = other_definition(ledger.reader, row)
    if other is None:
        return ""
    name = cells.label(ledger.reader, "definition", other["dimensions"]["definition"], ledger.lang)
    return t("digest.other_definition", ledger.lang, name=name, value=ledger.value(other))


def tested(ledger: Ledger, chosen: Selection) -> str:
    """How many comparisons were tested, how many were beyond noise, how many of them all are shown."""
    return tn(
        "digest.tested",
        ledger.lang,
        chosen.tests,
        n=ledger.count(chosen.tests, "tests"),
        beyond=ledger.count(sum(chosen.verdicts.values()), "beyond"),
        shown=ledger.count(chosen.shown_tests, "shown"),
    )


def no_revisions(ledger: Ledger, chosen: Selection) -> str:
    """That there are none: since the edition before, or for a first one within the days it looks back."""
    if not chosen.is_first:
        return t("digest.no_revisions", ledger.lang)
    days = ledger.allow(formats.integer(RECENT_DAYS, ledger.lang), "days that a first edition looks back")
    return t("digest.no_revisions_first", ledger.lang, n=days)


def unmoved_item(ledger: Ledger, move: Movement) -> dict[str, str]:
    """A series that stayed within noise, and how big a change could have been detected."""
    lang, size = ledger.lang, ledger.size(move.now)
    within = t(
        "digest.within",
        lang,
        statement=statement(ledger, move.now),
        before=ledger.value(move.before),
        size=f" ({size})" if size else "",
    )
    other = _other_definition(ledger, move.now)
    if other:
        within = f"{within} {sentence(sentence_case(other))}"
    return {"family": family(ledger, move.now), "within": within, "detectable": detectable(ledger, move)}


def detectable(ledger: Ledger, move: Movement) -> str:
    """How big a change could have been detected."""
    kind = "detectable" if formats.is_percent(cells.text(move.now["unit"])) else "detectable_count"
    return t(f"digest.{kind}", ledger.lang, difference=ledger.detectable(move))


def correction(ledger: Ledger, item: Correction, chosen: Selection, *, reclassified: bool) -> str:
    """What an edition said and what holds now."""
    lang, cited = ledger.lang, item.cited
    edition = ledger.allow(formats.integer(cited.edition, lang), "edition number")
    now = item.now if item.now is not None else {**cited.row, "value": None, "suppressed_because": None, "flags": None}
    was_shown = cells.state(cited.row) in ("published", "uncertain")
    is_shown = cells.state(now) in ("published", "uncertain")
    phrase = ledger.phrase(now)
    if item.now is not None:
        said = ledger.value(now)
    else:
        said = cells.value_text(now, lang)
        ledger.cited[key_of(now)] = now
    if not was_shown:
        return t("digest.correction_back", lang, edition=edition, statement=f"{said} {phrase}")
    old = f"{ledger.value(cited.row, str(cited.row['release_id']))} {phrase}"
    if not is_shown:
        return t("digest.correction_gone", lang, edition=edition, statement=old, state=said)
    if chosen.is_rollback:
        reason = "rollback"
    elif now["estimator"] == OFFICIAL:
        reason = "publisher"
    elif any(one.code == now["indicator_code"] for one in chosen.source_changes):
        reason = "sources"
    else:
        reason = "classifier" if reclassified else "later_data"
    return t(
        "digest.correction",
        lang,
        edition=edition,
        statement=old,
        value=said,
        reason=t(f"digest.because_{reason}", lang),
    )


def revision(ledger: Ledger, row: Row) -> str:
    """One revision of a publisher."""
    lang = ledger.lang
    dimensions: Mapping[str, Any] = row["dimensions"] if isinstance(row["dimensions"], dict) else {}
    unit = str(dimensions.get("unit") or "PC_ENT")
    said = {
        "indicator_code": row["dataset_id"],
        "geo": str(dimensions.get("geo", "")),
        "period": row["time_period"],
        "dimensions": {"series_key": row["series_key"]},
    }
    columns: tuple[Field, Field] = ("old_value", "new_value")
    for column, shown in zip(columns, adoption.revision_values(row, unit, lang), strict=True):
        if formats.is_present(row[column]):
            ledger.note(shown, said, column)
    ledger.period(str(row["time_period"]))
    ledger.allow(cells.publisher_of_dataset(ledger.reader, str(row["dataset_id"])), "publisher of a dataset")
    for name, otherwise in (("geo", "–"), ("indic_is", str(row["series_key"])), ("size_emp", cells.DEFAULT_SIZE)):
        ledger.allow(cells.label(ledger.reader, name, str(dimensions.get(name, otherwise)), lang), f"label of {name}")
    known = as_utc(row["known_from_new"])
    if known is not None:
        ledger.day(known)
    return adoption.revision_text(ledger.reader, row, lang)


TROUBLES = ("late", "unreachable", "refused", "changed_shape", "too_few", "fell")


def trouble(ledger: Ledger, state: SourceState) -> str:
    """A late or broken source in readers' words: since when, and what its figures here rest on."""
    lang = ledger.lang
    kind = state.trouble if state.trouble in TROUBLES else "damaged"
    since = ledger.day(state.since) if state.since is not None else t("digest.since_unknown", lang)
    said = [t(f"digest.trouble_{kind}", lang, source=ledger.source(state.source_id), day=since)]
    if state.last_ok_at is not None:
        said.append(t("digest.as_of", lang, day=ledger.day(state.last_ok_at)))
    return " ".join(said)


def sources(ledger: Ledger, chosen: Selection) -> list[str]:
    """The section on sources: trouble, recoveries, sources gained and lost; or that all is well."""
    lang = ledger.lang
    lines = [trouble(ledger, state) for state in chosen.troubled]
    if not lines:
        lines.append(all_well(ledger, chosen))
    for item in chosen.recovered:
        since = ledger.day(item.was.trouble_since) if item.was.trouble_since else t("digest.since_unknown", lang)
        lines.append(t("digest.recovered", lang, source=ledger.source(str(item.row["source_id"])), day=since))
    return lines + [source_change(ledger, change) for change in chosen.source_changes]


def all_well(ledger: Ledger, chosen: Selection) -> str:
    """How many sources are on time, are samples, are not collected yet."""
    counts = {kind: sum(state.kind == kind for state in chosen.sources) for kind in ("fresh", "sample", "never")}
    said = [
        tn(f"digest.count_{kind}", ledger.lang, count, n=ledger.count(count, "sources"))
        for kind, count in counts.items()
        if count
    ]
    return t("digest.sources_fine", ledger.lang, counts=typeset("; ".join(said), ledger.lang) or "–")


def source_change(ledger: Ledger, change: SourceChange) -> str:
    """That an indicator rests on other sources than before: a break, said as such."""
    lang, about = ledger.lang, ledger.reader.indicator(change.code, ledger.lang)
    said = [
        t(f"digest.source_{kind}", lang, sources=", ".join(ledger.source(source_id) for source_id in ids))
        for kind, ids in (("gained", change.gained), ("lost", change.lost))
        if ids
    ]
    name = ledger.allow(about.name if about else change.code, "name of an indicator")
    return t("digest.source_change", lang, name=name, change=typeset("; ".join(said), lang))
