"""A data dump in ROR's shape: JSON in two schemas and a CSV, of invented organisations."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any


def make() -> bytes:
    newest = [
        organisation("0demxa196", "Demo Institute"),
        organisation("0demxa293", "Demo Abroad", country="NO"),
        organisation("0demxa487", "Demo Closed", status="inactive", successor="0demxa196"),
        "what",
    ]
    oldest = [{"id": "https://ror.org/0demxa196", "name": "Demo Institute"}]
    return dump(
        newest, {"v9.9-2026-10-01-ror-data.json": json.dumps(oldest), "v9.9-2026-10-01-ror-data.csv": "id,name"}
    )


def dump(organisations: list[Any], others: dict[str, str] | None = None) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed:
        text = json.dumps(organisations, indent=4, ensure_ascii=False)
        for name, content in {**(others or {}), "v9.9-2026-10-01-ror-data_schema_v2.json": text}.items():
            packed.writestr(zipfile.ZipInfo(name, (2026, 10, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return body.getvalue()


def organisation(
    known: str, name: str, country: str = "LU", status: str = "active", successor: str = ""
) -> dict[str, Any]:
    link = {"type": "successor", "id": f"https://ror.org/{successor}", "label": "Demo"}
    return {
        "id": f"https://ror.org/{known}",
        "names": [{"lang": "en", "types": ["ror_display", "label"], "value": name}],
        "locations": [{"geonames_id": 1, "geonames_details": {"country_code": country, "name": "Demotown"}}],
        "relationships": [link] if successor else [],
        "status": status,
        "types": ["facility"],
        "established": 1999,
        "external_ids": [],
        "domains": [],
        "links": [],
        "admin": {"last_modified": {"date": "2026-09-30", "schema_version": "2.1"}},
    }
