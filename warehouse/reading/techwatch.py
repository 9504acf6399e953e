"""The figures of the tech watch (N1): announcements about AI a month, beside all announcements, and their list.

Belongs here: choosing N1's cells and the columns of the list. Never here: geometry (charts.py) and layout (the faces).
"""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from warehouse.reading import cells
from warehouse.reading.figure import Figure, series_figure
from warehouse.reading.listing import Listing, day, listing
from warehouse.reading.reader import ReleaseReader
from warehouse.reading.texts import t

CODE = "N1"


def ai_announcements(reader: ReleaseReader, lang: str, now: datetime) -> Figure:
    """Announcements about AI a month, with exact intervals; a month not watched from end to end is a gap."""
    notes = [t("techwatch.watched", lang)]
    return series_figure(
        reader, lang, now, key="techwatch.ai", code=CODE, cells_by_name=[("", {})], unit="", notes=notes
    )


def all_announcements(reader: ReleaseReader, lang: str, now: datetime) -> Figure:
    """All announcements of the watched publishers a month: whether AI moved, or everything did."""
    return series_figure(
        reader, lang, now, key="techwatch.all", code=CODE, cells_by_name=[("", {"base": "all"})], unit=""
    )


def months(reader: ReleaseReader) -> list[str]:
    """Months of the announcements that may be listed, newest first."""
    frame = reader.announcements()
    return [] if frame.empty else sorted(set(frame["period"].dropna().astype(str)), reverse=True)


def announcement_list(reader: ReleaseReader, lang: str, kind: str, month: str) -> Listing:
    """Announcements as a list: ``kind`` is "ai" or "all", ``month`` a month or "all". Sample rows carry no link."""
    frame = reader.announcements()
    if not frame.empty:
        frame = frame[frame["is_ai"].fillna(False).astype(bool)] if kind == "ai" else frame
        frame = frame[frame["period"].astype(str).eq(month)] if month != "all" else frame
        frame = frame.reset_index(drop=True)
    shown = pd.DataFrame()
    if not frame.empty:
        shown = pd.DataFrame(
            {
                t("table.published", lang): [day(value, lang) for value in frame["published_on"]],
                t("table.title", lang): [cells.text(title) for title in frame["title"]],
                t("table.source", lang): [cells.publisher(reader, str(name)) for name in frame["source_id"]],
                t("table.about_ai", lang): [
                    t("common.yes" if bool(flag) else "common.no", lang) for flag in frame["is_ai"].fillna(False)
                ],
                t("table.link", lang): [
                    None if bool(row.is_sample) or not str(row.page_url).startswith("https://") else str(row.page_url)
                    for row in frame.itertuples(index=False)
                ],
            }
        )
    return listing(
        reader,
        lang,
        CODE,
        key="techwatch_announcement_list",
        title=t("techwatch.list", lang),
        note=t("techwatch.list_note", lang),
        empty=t("techwatch.list_empty", lang),
        shown=shown,
        raw=frame,
        link_column=t("table.link", lang),
    )
