-- One row for each actor of the ecosystem at each crawl that read its list.
with reading as (
    {{ readings_of(source('raw', 'actor'), "''") }}
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
    actor_id,
    name,
    actor_type,
    parent_id,
    website,
    ror_id,
    role,
    said_by,
    said_where,
    page_url,
    reviewed_on
from reading
