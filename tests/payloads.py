"""Answers of our own in the shape of two publishers: Greenhouse boards of invented employers, and JSON-stat."""

from __future__ import annotations

import html
import json
from typing import Any

PARAGRAPHS = {
    "plain": (
        "<h3>Your tasks</h3><ul><li>Prepare the monthly closing for our clients</li>"
        "<li>Answer auditors' questions</li></ul>"
        "<h3>Your profile</h3><p>Bachelor in accounting, three years of experience, fluent in French and English.</p>"
    ),
    "ai": (
        "<h3>Your tasks</h3><ul><li>Train and deploy machine learning models in PyTorch</li>"
        "<li>Build retrieval-augmented generation services with large language models</li></ul>"
        "<h3>Your profile</h3><p>Three years of experience as a machine learning engineer, "
        "MLOps with Kubernetes, fluent in English.</p>"
    ),
}


def job(number: int, *, kind: str = "plain", employer: str = "Musterhaff Test S.A.", **changes: Any) -> dict[str, Any]:
    """One job of a board; ``changes`` overwrite any field of the publisher's object."""
    title = "Machine Learning Engineer" if kind == "ai" else "Accountant"
    return {
        "absolute_url": f"https://job-boards.greenhouse.io/test/jobs/{number}",
        "internal_job_id": number + 1,
        "location": {"name": "Luxembourg, Luxembourg"},
        "metadata": None,
        "id": number,
        "updated_at": "2026-09-01T08:00:00+02:00",
        "requisition_id": f"R-{number}",
        "title": f"{title} {number}",
        "company_name": employer,
        "first_published": "2026-08-20T09:00:00+02:00",
        "language": "en",
        "application_deadline": None,
        "content": html.escape(f"{PARAGRAPHS[kind]}<p>Reference number {number} of our team in Luxembourg.</p>"),
        "departments": [{"id": 1, "name": "Team", "child_ids": [], "parent_id": None}],
        "offices": [{"id": 1, "name": "Luxembourg", "location": "Luxembourg", "child_ids": [], "parent_id": None}],
    } | changes


def board(jobs: list[dict[str, Any]]) -> bytes:
    return json.dumps({"jobs": jobs, "meta": {"total": len(jobs)}}).encode()


def jsonstat(values: dict[tuple[str, str], float]) -> bytes:
    """A JSON-stat 2.0 answer of Eurostat's shape: (geo, year) -> share of enterprises using AI."""
    areas, years = sorted({geo for geo, _ in values}), sorted({year for _, year in values})
    fixed = {
        "freq": "A",
        "size_emp": "GE10",
        "nace_r2": "C10-S951_X_K",
        "indic_is": "E_AI_TANY",
        "unit": "PC_ENT",
    }
    codes = {**{name: [code] for name, code in fixed.items()}, "geo": areas, "time": years}
    return json.dumps(
        {
            "version": "2.0",
            "class": "dataset",
            "label": "Artificial intelligence by size class of enterprise",
            "source": "ESTAT",
            "updated": "2026-06-15T11:00:00+0200",
            "value": {str(areas.index(g) * len(years) + years.index(y)): value for (g, y), value in values.items()},
            "id": list(codes),
            "size": [len(items) for items in codes.values()],
            "dimension": {
                name: {
                    "label": name,
                    "category": {
                        "index": {code: position for position, code in enumerate(items)},
                        "label": {code: code for code in items},
                    },
                }
                for name, items in codes.items()
            },
            "extension": {"lang": "EN", "id": "ISOC_EB_AI", "agencyId": "ESTAT", "version": "1.0"},
        }
    ).encode()
