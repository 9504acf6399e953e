"""Greenhouse board answers of invented employers, in the publisher's shape, for tests."""

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
