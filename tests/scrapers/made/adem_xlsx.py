"""A workbook in the columns of ADEM's series, invented numbers: title rows, a hidden sheet, days as serial numbers, a
formula with its stored value, a mark for a withheld number, and cells that are none."""

from __future__ import annotations

from tests.scrapers.made.xlsx import Formula, Stored, workbook


def make() -> bytes:
    august, july = Stored("46265", style=1), Stored("46234", style=1)  # 31 August and 31 July 2026
    offers = [
        ["Demo: vacancies (invented)"],
        [],
        ["Date", "Nature du contrat", "Postes déclarés", "Stock postes vacants", "Commentaire"],
        [august, "Emploi", 1203, 4567, "ok"],
        [august, "Intérim", 0, "*", None],
        [july, "Emploi", "1 150", Formula("C4*2", "2300"), None],
        [july, "Intérim", Formula("1/0", "#DIV/0!", kind="e"), None, None],
        ["sans date", "Mesure", 5, 6, None],
    ]
    notes = [["Notes"], ["Nothing to read here."]]
    incomplete = [["Date", "Nature_contrat", "Postes_declares"], [august, "Emploi", 7]]
    return workbook({"Offres": offers, "Notes": notes, "Ancien": incomplete, "Interne": offers}, hidden=("Interne",))
