"""PDF documents by hand: lines of text and ruled tables, nothing else, the same bytes every time."""

from __future__ import annotations

import zlib

_ROW, _COLUMN = 18, 95


class Page:
    """One A4 page; places in points from the lower left corner."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    def text(self, x: float, y: float, words: str) -> Page:
        escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        self.commands.append(f"BT /F1 9 Tf {x} {y} Td ({escaped}) Tj ET")
        return self

    def table(self, x: float, y: float, rows: list[list[str]]) -> Page:
        """A ruled table whose upper left corner is at (x, y)."""
        width, height = len(rows[0]) * _COLUMN, len(rows) * _ROW
        for number in range(len(rows) + 1):
            self.commands.append(f"{x} {y - number * _ROW} m {x + width} {y - number * _ROW} l S")
        for number in range(len(rows[0]) + 1):
            self.commands.append(f"{x + number * _COLUMN} {y} m {x + number * _COLUMN} {y - height} l S")
        for down, row in enumerate(rows):
            for across, words in enumerate(row):
                self.text(x + across * _COLUMN + 4, y - (down + 1) * _ROW + 6, words)
        return self


def document(pages: list[Page], *, streams: list[bytes] | None = None) -> bytes:
    """The bytes of a document; ``streams`` are contents of further pages, packed as they are."""
    contents = [zlib.compress("\n".join(page.commands).encode("cp1252")) for page in pages] + (streams or [])
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(contents)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    for number, content in enumerate(contents):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        head = f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n".encode()
        objects.append(head + content + b"\nendstream")
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    return body + f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
