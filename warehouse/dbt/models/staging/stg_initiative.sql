-- One row for each initiative at each crawl that read its list.
with reading as (
    {{ readings_of(source('raw', 'initiative'), "''") }}
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
    initiative_id,
    name,
    initiative_type,
    lead_actor_id,
    started,
    status,
    amount,
    currency,
    description,
    recommendations,
    said_by,
    said_where,
    page_url,
    reviewed_on
from reading
