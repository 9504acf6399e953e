-- One row for each claim on a funding event at each crawl that read it.
with reading as (
    {{ readings_of(source('raw', 'funding_claim'), "''") }}
)

select
    record_id,
    source_id,
    crawl_id,
    capture_id,
    url,
    retrieved_at,
    crawled_at,
    is_complete,
    is_sample,
    locator,
    claim_id,
    event_id,
    organisation,
    actor_id,
    country,
    parties,
    instrument,
    round,
    topic,
    amount,
    amount_max,
    currency,
    amount_kind,
    happened_on,
    day_kind,
    part_of,
    same_as,
    supersedes,
    said_by,
    said_where,
    said_on,
    page_url,
    is_reviewed,
    reviewed_on,
    note
from reading
