"""The figures of public research money (I4): EU grants to Luxembourg participants in AI projects, and their list.

Belongs here: choosing I4's cells and the columns of the list of projects. Never here: geometry (charts.py) and layout
(the faces).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pandas as pd

from warehouse.reading import cells, formats
from warehouse.reading.compare import rows_of
from warehouse.reading.figure import Figure, series_figure
from warehouse.reading.listing import Listing, day, listing
from warehouse.reading.reader import ReleaseReader
from warehouse.reading.texts import either, t, typeset

CODE = "I4"
FEW = 10  # projects; where no year has as many, a bar of 100 % would say less than the list of them
CORDIS = "https://cordis.europa.eu/project/id/"


def contributions(reader: ReleaseReader, lang: str, now: datetime) -> Figure:
    """Net EU contribution to Luxembourg participants in AI projects, by year of signature, in millions of euros."""
    notes = [t("investment.contributions.note", lang)]
    return series_figure(
        reader,
        lang,
        now,
        key="investment.contributions",
        code=CODE,
        cells_by_name=[("", {})],
        unit="EUR",
        as_bars=True,
        notes=notes,
    )


def projects(reader: ReleaseReader, lang: str, now: datetime) -> Figure:
    """How many AI projects with a participant here were signed in a year."""
    wanted = {"measure": "projects"}
    return series_figure(
        reader, lang, now, key="investment.projects", code=CODE, cells_by_name=[("", wanted)], unit="", as_bars=True
    )


def largest(reader: ReleaseReader, lang: str, now: datetime) -> Figure:
    """Share of a year's sum that its largest project holds: one project can make a year."""
    return _share(reader, lang, now, "investment.largest", {"measure": "largest_project"}, "investment.few_largest")


def coordinated(reader: ReleaseReader, lang: str, now: datetime) -> Figure:
    """Share of the AI projects with a participant here that are led from here."""
    return _share(reader, lang, now, "investment.coordinated", {"measure": "coordinated"}, "investment.few_of")


def _share(reader: ReleaseReader, lang: str, now: datetime, key: str, wanted: Mapping[str, str], said: str) -> Figure:
    """A share of a year's projects as bars; in words where every year has fewer than ``FEW`` of them."""
    figure = series_figure(reader, lang, now, key=key, code=CODE, cells_by_name=[("", wanted)], unit="%", as_bars=True)
    rows = [row for row in rows_of(reader.values(CODE, geo="LU", dimensions=wanted)) if formats.is_present(row["n"])]
    if not rows or any(row["n"] >= FEW for row in rows):
        return figure
    counted = "; ".join(
        t(
            said,
            lang,
            period=formats.period(row["period"], lang),
            n=formats.integer(row["n"], lang),
            **(
                {"k": formats.integer(row["k"], lang) if formats.is_present(row["k"]) else "–"}
                if said == "investment.few_of"
                else {"value": cells.value_text(row, lang)}
            ),
        )
        for row in sorted(rows, key=lambda row: str(row["period"]))
    )
    return replace(
        figure, chart=None, empty=t("investment.too_few", lang), summary=typeset(f"{counted}.", lang), quotes=()
    )


def years(reader: ReleaseReader) -> list[str]:
    """Years of signature of the projects that may be listed, newest first."""
    frame = reader.projects()
    return [] if frame.empty else sorted(set(frame["period"].dropna().astype(str)), reverse=True)


def project_list(reader: ReleaseReader, lang: str, kind: str, year: str) -> Listing:
    """Participations as a list: ``kind`` is "ai" or "all", ``year`` a year of signature or "all".

    A row of the sample carries no link: its number is the sample's own, and at CORDIS it may be another project's.
    """
    frame = reader.projects()
    if not frame.empty:
        frame = frame[frame["is_ai"].fillna(False).astype(bool)] if kind == "ai" else frame
        frame = frame[frame["period"].astype(str).eq(year)] if year != "all" else frame
        frame = frame.reset_index(drop=True)
    shown = pd.DataFrame()
    if not frame.empty:
        shown = pd.DataFrame(
            {
                t("table.project", lang): [
                    cells.text(row.acronym) or cells.text(row.title) for row in frame.itertuples(index=False)
                ],
                t("table.title", lang): [cells.text(title) for title in frame["title"]],
                t("table.organisation", lang): [
                    cells.text(name) or t("investment.natural_person", lang) for name in frame["organisation"]
                ],
                t("table.role", lang): [
                    either([f"role.{cells.text(role)}", "role.other"], lang, code=cells.text(role))
                    for role in frame["role"]
                ],
                t("table.net_contribution", lang): [
                    formats.euros(float(value), lang) if formats.is_present(value) else t("cell.no_value", lang)
                    for value in frame["net_contribution"]
                ],
                t("table.signed", lang): [day(value, lang) for value in frame["signed_on"]],
                t("table.ends", lang): [day(value, lang) for value in frame["ends_on"]],
                t("table.programme", lang): [cells.text(value) for value in frame["programme"]],
                t("table.link", lang): [
                    None if bool(row.is_sample) or not str(row.project_id).isdigit() else CORDIS + str(row.project_id)
                    for row in frame.itertuples(index=False)
                ],
            }
        )
    return listing(
        reader,
        lang,
        CODE,
        key="investment_project_list",
        title=t("investment.list", lang),
        note=t("investment.list_note", lang),
        empty=t("investment.list_empty", lang),
        shown=shown,
        raw=frame,
        link_column=t("table.link", lang),
    )
