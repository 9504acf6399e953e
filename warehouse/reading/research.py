"""The figures of AI research (R1): the share of publications by two definitions, their agreement, what is left out.

Belongs here: choosing R1's cells. Never here: geometry (charts.py) and layout (the faces). The two definitions stand
side by side and are never merged: no text of ours may call one of them "the" share.
"""

from __future__ import annotations

from datetime import datetime

from warehouse.reading.figure import Figure, series_figure
from warehouse.reading.reader import ReleaseReader
from warehouse.reading.texts import t

CODE = "R1"
DEFINITIONS = ("own-text", "openalex-topics")


def shares(reader: ReleaseReader, lang: str, now: datetime) -> Figure:
    """AI share of publications by year, once by each definition, with intervals."""
    named = [(t(f"code.definition.{name}", lang), {"definition": name}) for name in DEFINITIONS]
    notes = [t("research.definitions", lang), t("research.provisional", lang)]
    return series_figure(
        reader,
        lang,
        now,
        key="research.shares",
        code=CODE,
        cells_by_name=named,
        unit="%",
        notes=notes,
        name_column="table.definition",
    )


def agreement(reader: ReleaseReader, lang: str, now: datetime) -> Figure:
    """How far the two definitions agree, work by work (Cohen's kappa)."""
    return series_figure(
        reader,
        lang,
        now,
        key="research.agreement",
        code=CODE,
        cells_by_name=[("", {"measure": "agreement"})],
        unit="",
        notes=[t("research.kappa", lang)],
    )


def left_out(reader: ReleaseReader, lang: str, now: datetime) -> Figure:
    """Works that the topic definition cannot judge, counted by year."""
    return series_figure(
        reader,
        lang,
        now,
        key="research.left_out",
        code=CODE,
        cells_by_name=[("", {"measure": "left_out"})],
        unit="",
        as_bars=True,
        notes=[t("research.left_out.note", lang)],
    )
