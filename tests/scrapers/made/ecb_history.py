"""A zip file of reference rates as the ECB packs them: one CSV, newest day first, N/A where nothing was quoted."""

from __future__ import annotations

import io
import zipfile

ROWS = (
    "Date,USD,JPY,CYP,LVL,\n",
    "2026-11-20,1.5,150.25,N/A,N/A,\n",
    "2026-11-19,1.25,150,N/A,N/A,\n",
    "2013-12-31,1.3,140.5,N/A,0.7,\n",
    "2007-12-31,1.4,160,0.58,0.69,\n",
)


def make() -> bytes:
    """The same bytes at every call."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        member = zipfile.ZipInfo("eurofxref-hist.csv", date_time=(2026, 11, 20, 16, 0, 0))
        member.compress_type = zipfile.ZIP_DEFLATED
        file.writestr(member, "".join(ROWS))
    return packed.getvalue()
