"""The parts of the sources in readers' words: which are held back and since when, and what is unusual.

Belongs here: the tables ``board`` and ``remark`` of a release as texts and tables. Never here: judging a crawl
(``scrapers.drift``), or the state of a source as a whole (``warehouse.reading.freshness``).
"""

from __future__ import annotations

import pandas as pd

from warehouse.reading import cells, formats
from warehouse.reading.reader import ReleaseReader, as_utc
from warehouse.reading.texts import t

MAX_FIELDS = 8  # named of one source; the others are counted


def boards_of(reader: ReleaseReader, source_id: str) -> pd.DataFrame:
    """The parts of one source; without rows where it is one whole, and in older releases."""
    frame = reader.boards()
    return frame if frame.empty else frame[frame["source_id"].eq(source_id)]


def is_held(boards: pd.DataFrame) -> bool:
    """Whether one of these parts is held back."""
    return not boards.empty and bool(boards["state"].eq("held").any())


def parts_text(boards: pd.DataFrame, lang: str) -> str:
    """How many parts a source has, is held back of, and has not been read of; empty for a source that is one whole."""
    named = boards if boards.empty else boards[boards["board_id"].ne("")]
    if len(named) < 1:
        return ""
    counts = {state: formats.integer(int(named["state"].eq(state).sum()), lang) for state in ("held", "unread")}
    return t("sources.parts_of", lang, n=formats.integer(len(named), lang), **counts)


def board_table(boards: pd.DataFrame, lang: str, *, is_sample: bool) -> pd.DataFrame:
    """The job boards of a source: whose they are, whether they give what they usually give, and since when not."""
    if boards.empty or boards["employer"].isna().all():
        return pd.DataFrame()
    rows = boards[boards["employer"].notna()].sort_values(["state", "employer"], kind="stable")
    return pd.DataFrame(
        {
            t("sources.employer", lang): [str(name) for name in rows["employer"]],
            t("table.state", lang): [
                t("part.sample" if is_sample else f"part.{state}", lang) for state in rows["state"]
            ],
            t("sources.last_good", lang): [_moment(at, lang) for at in rows["last_good_at"]],
        }
    )


def held_table(reader: ReleaseReader, lang: str, source_id: str | None = None) -> pd.DataFrame:
    """Every part that is held back: of which source, what fell, since when, and from when its last good state is."""
    frame = reader.boards()
    if frame.empty:
        return frame
    frame = frame[frame["state"].eq("held")]
    if source_id is not None:
        frame = frame[frame["source_id"].eq(source_id)]
    if frame.empty:
        return pd.DataFrame()
    rows = frame.to_dict(orient="records")
    return pd.DataFrame(
        {
            t("table.source", lang): [cells.publisher(reader, str(row["source_id"])) for row in rows],
            t("sources.board", lang): [
                cells.text(row["employer"]) or cells.text(row["board_id"]) or "–" for row in rows
            ],
            t("sources.fell", lang): [_fell(str(row["what"]), row["fallen_to"], lang) for row in rows],
            t("sources.since", lang): [_moment(row["since"], lang) for row in rows],
            t("sources.last_good", lang): [_moment(row["last_good_at"], lang) for row in rows],
        }
    )


def remarks(reader: ReleaseReader, lang: str) -> list[str]:
    """What is unusual without being held back, one line each."""
    frame = reader.remarks()
    if frame.empty:
        return []
    said = []
    for source_id, group in frame.groupby("source_id", sort=True):
        name = cells.publisher(reader, str(source_id))
        for row in group.to_dict(orient="records"):
            if row["what"] == "rejects":
                shares = {part: formats.number(row[part], "share", lang) for part in ("found", "usual")}
                said.append(t("sources.remark_rejects", lang, source=name, **shares))
            elif row["what"] == "seconds":
                times = {part: formats.decimal(row[part], lang) for part in ("found", "usual")}
                said.append(t("sources.remark_seconds", lang, source=name, **times))
        fields = [str(field) for field in group.loc[group["what"].eq("unknown_field"), "name"]]
        if fields:
            listed = ", ".join(fields[:MAX_FIELDS])
            if len(fields) > MAX_FIELDS:
                more = formats.integer(len(fields) - MAX_FIELDS, lang)
                listed = t("sources.remark_more", lang, fields=listed, n=more)
            said.append(t("sources.remark_unknown", lang, source=name, fields=listed))
    return said


def _fell(what: str, share: object, lang: str) -> str:
    shown = formats.number(float(share), "share", lang) if formats.is_present(share) else "–"  # type: ignore[arg-type]
    if what.startswith("field:"):
        return t("sources.fell_field", lang, field=what.removeprefix("field:"), share=shown)
    return t("sources.fell_records", lang, share=shown)


def _moment(value: object, lang: str) -> str:
    moment = as_utc(value)
    return formats.moment(moment, lang) if moment is not None else "–"
