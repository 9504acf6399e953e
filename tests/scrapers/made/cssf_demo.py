"""A printed review of an invented supervisor: two declared tables, one that goes on overleaf, and faulty cells."""

from __future__ import annotations

from tests.scrapers.made.pdf import Page, document

HEAD = "Supervisor of Demoland: second demo review of tools in banking (invented, for tests)"


def make() -> bytes:
    first = Page().text(60, 780, HEAD).text(60, 750, "Nothing in this document is about a real institution.")
    second = Page().text(60, 780, "Some words before the table.").text(60, 740, "Table 1: Tools in use, share of firms")
    second.table(
        60,
        720,
        [
            ["Tool", "All", "Demo banks", "Demo brokers", "Remarks"],
            ["Abacus", "12 %", "7,5%", "n/a", "first"],
            ["Slide rule", "0%", "", "112%", ""],
            ["Quantum loom", "3%", "4%", "5%", ""],
            ["Card index", "about half", "50%", "-", ""],
        ],
    )
    second.text(60, 560, "Chart 9: something that is not declared")
    second.table(60, 545, [["A", "B"], ["1", "2"]])
    third = Page().text(60, 780, "Table 2: Number of tools by firm")
    third.table(60, 760, [["Tool", "All"], ["Abacus", "1 234"], ["Slide rule", "15%"]])
    fourth = Page().table(60, 760, [["Tool", "All"], ["Card index", "7"]])
    return document([first, second, third, fourth])
