-- One row for each recommendation at each crawl that read its list.
with reading as (
    {{ readings_of(source('raw', 'recommendation'), "''") }}
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
    number,
    orientation,
    title,
    signals,
    said_by,
    reviewed_on
from reading
