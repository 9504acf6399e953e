"""Workable boards to postings: pages of the careers site's list, the widget's whole list, and single jobs.

Belongs here: the shape of the three answers. Never here: requests, what a text means.

The pages of the list (API v3) have no texts, a single job (v2) has ``description``, ``requirements`` and ``benefits``;
the widget (v1) has texts where it was asked for details. A job that is internal or not published is left out with a
note. Format: widget answers recorded in 2026; list pages and single jobs as public code describes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError, unknown_fields
from scrapers.decoders.board_answers import refuse_other, refuse_part
from scrapers.decoders.listed import Listing, board_object, builder_of, count_of
from scrapers.decoders.postings import (
    PostingBuilder,
    Workplace,
    board_in,
    clean,
    identifier,
    names,
    only_once,
    page,
    place,
    workplace_of,
)

_BOARD = re.compile(r"/accounts/([A-Za-z0-9_.\-]{1,100})(?:[/?]|$)")
_TOP = frozenset(("description", "jobs", "name", "nextPage", "results", "total"))
_JOB_FIELDS = (
    "accountUid application_url applicationUrl approvalStatus benefits city code country created_at department "
    "description education employment_type experience function id industry isInternal language location locations "
    "published published_on remote requirements shortcode shortlink state telecommuting title type url workplace"
)
_JOB = frozenset(_JOB_FIELDS.split())
_PARTS = (("", "description"), ("Requirements", "requirements"), ("Benefits", "benefits"))
_PUBLISHED = ("", "published", "live")


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of a list or of a single job.

    Raises UnreadableError: what ``load_json`` raises, upstream_error, not_a_board, partial (it counts jobs and holds
    none), too_many_elements.
    """
    payload, remarks = _read(body)
    builder = builder_of(context, board_in(context.url, _BOARD), remarks)
    listed = next((name for name in ("results", "jobs") if name in payload), None)
    if listed is None:
        _build(builder, "$", payload, "")
        return builder.decoded()
    jobs = payload[listed]
    refuse_other("Workable", [*(jobs if isinstance(jobs, list) else ()), payload])
    if jobs == []:
        refuse_part(0, payload.get("total"), context.url)
        if not {"name", "total"} & payload.keys():
            raise UnreadableError("not_a_board", "an empty list that neither names its company nor counts its jobs")
    unknown_fields(builder.sink, payload, _TOP, "")
    for locator, job in builder.objects(jobs, f"$.{listed}"):
        _build(builder, locator, job, payload.get("name"))
    return builder.decoded()


def listing(body: bytes) -> Listing:
    """What paging needs of a page of the list (v3); raises UnreadableError for anything else."""
    payload, _ = _read(body)
    results, total = payload.get("results"), count_of(payload.get("total"))
    if not isinstance(results, list) or total is None:
        raise UnreadableError("not_a_board", "the answer is not a page of jobs with a total")
    token = payload.get("nextPage")
    if token is not None and (not isinstance(token, str) or len(token) > 4000):
        raise UnreadableError("not_a_board", f"nextPage is a {type(token).__name__} where a token is due")
    ids = tuple(identifier(job.get("shortcode")) or "" if isinstance(job, dict) else "" for job in results)
    return Listing(ids, total, following=token or "", step=len(results))


def _read(body: bytes) -> tuple[dict[str, Any], list[str]]:
    return board_object(body, "Workable", lambda said: bool({"results", "jobs", "shortcode"} & said.keys()))


def _build(builder: PostingBuilder, locator: str, job: dict[str, Any], employer: object) -> None:
    unknown_fields(builder.sink, job, _JOB, "of a job: ")
    if job.get("isInternal") is True:
        builder.leave_out("internal job left out")
        return
    # In list and detail "state" is that of the ad; in the widget it is the region.
    if "published" in job and clean(job.get("state")).lower() not in _PUBLISHED:
        builder.leave_out(f"job that is {clean(job['state'])[:40]}, not published: left out")
        return
    shortcode = identifier(job.get("shortcode"))
    first, *others = [*_places(job), ""]
    department = job.get("department")
    builder.build(
        locator,
        posting_id=shortcode,
        title=job.get("title"),
        employer=employer,
        url=page(job.get("url") or job.get("shortlink")) or _page(builder.board, shortcode),
        parts=[(heading, job.get(name)) for heading, name in _PARTS],
        text_is_due="description" in job,
        location=first,
        offices=others,
        workplace=_workplace(job),
        departments=names(department if isinstance(department, list) else [department]),
        requisition_id=job.get("code"),
        employment_type=job.get("employment_type") or job.get("type"),
        language=builder.language(job.get("language")),
        industry=job.get("industry"),
        published_on=builder.day(job.get("published") or job.get("published_on"), "published"),
    )


def _places(job: Mapping[str, Any]) -> list[str]:
    """Each place of work once, in the order of the list, which repeats the first."""
    listed = job.get("locations")
    wheres = [where for where in listed if isinstance(where, dict)] if isinstance(listed, list) else []
    if not wheres:  # the first place alone, in the widget with the region in "state"
        own = job.get("location")
        wheres = [own if isinstance(own, dict) else {**job, "region": job.get("state")}]
    return only_once(
        place(city=where.get("city"), region=where.get("region"), country=where.get("country") or _code(where))
        for where in wheres
    )


def _code(where: Mapping[str, Any]) -> str:
    return clean(where.get("countryCode")).upper()


def _workplace(job: Mapping[str, Any]) -> Workplace:
    said = workplace_of(job.get("workplace"))
    return said or ("remote" if job.get("remote") is True or job.get("telecommuting") is True else "")


def _page(board: str | None, shortcode: str | None) -> str:
    return f"https://apply.workable.com/{board}/j/{shortcode}/" if board and shortcode else ""
