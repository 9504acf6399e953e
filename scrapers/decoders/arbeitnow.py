"""Arbeitnow's job board API to postings: pages of an aggregator that mostly lists Germany.

Belongs here: the shape of its answers. Never here: requests, what a text means, whether an employer's own board lists
the same ad (duplicates are found later, by text).

An ad is known by its ``slug``; ``created_at`` counts seconds; ``tags`` are fields of work. Format: answers recorded in
2026.
"""

from __future__ import annotations

from typing import Any

from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError, unknown_fields
from scrapers.decoders.listed import Listing, board_object, builder_of, id_of
from scrapers.decoders.postings import NOT_NAMED, PostingBuilder, clean, moment_of_epoch, names

BOARD = "arbeitnow"
_TOP = frozenset(("data", "links", "meta"))
_JOB = frozenset(
    ("company_name", "created_at", "description", "job_types", "location", "remote", "slug", "tags", "title", "url")
)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of one page.

    Raises UnreadableError: what ``load_json`` raises, upstream_error, not_a_board, partial (a page without ads
    that names a next one), too_many_elements.
    """
    payload, remarks = _read(body)
    builder = builder_of(context, BOARD, remarks)
    if payload["data"] == [] and _follows(payload):
        raise UnreadableError("partial", "a page without ads that names a next one")
    if payload["data"] == [] and not {"links", "meta"} & payload.keys():
        raise UnreadableError("not_a_board", "an empty list that says nothing of pages")
    unknown_fields(builder.sink, payload, _TOP, "")
    for locator, job in builder.objects(payload["data"], "$.data"):
        _build(builder, locator, job)
    return builder.decoded()


def listing(body: bytes) -> Listing:
    """What paging needs of a page: no total is published, only whether there is a next page."""
    payload, _ = _read(body)
    if not isinstance(payload["data"], list):
        raise UnreadableError("not_a_board", "the answer is not a page of ads")
    ids = tuple(id_of(job.get("slug")) or "" if isinstance(job, dict) else "" for job in payload["data"])
    return Listing(ids, following="more" if _follows(payload) else "", step=len(ids))


def _follows(payload: dict[str, Any]) -> bool:
    """Whether the answer names a next page."""
    links = payload.get("links")
    return isinstance(links, dict) and bool(links.get("next"))


def _read(body: bytes) -> tuple[dict[str, Any], list[str]]:
    return board_object(body, "Arbeitnow", lambda said: "data" in said)


def _build(builder: PostingBuilder, locator: str, job: dict[str, Any]) -> None:
    unknown_fields(builder.sink, job, _JOB, "of an ad: ")
    created = builder.moment(job.get("created_at"), "created_at", lambda raw: moment_of_epoch(raw, per_second=1))
    is_remote = job.get("remote") is True
    builder.build(
        locator,
        posting_id=id_of(job.get("slug")),
        title=job.get("title"),
        employer=clean(job.get("company_name")) or NOT_NAMED,
        url=job.get("url"),
        html=job.get("description"),
        location=job.get("location"),
        workplace="remote" if is_remote else "",
        departments=[tag for tag in names(job.get("tags")) if tag.lower() != "remote"],
        employment_type="; ".join(names(job.get("job_types"))),
        published_on=created.date() if created else None,
    )
