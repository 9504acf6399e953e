-- One row for each announcement at each crawl that read it.
with reading as (
    {{ readings_of(source('raw', 'announcement')) }}
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
    item_id,
    title,
    page_url,
    categories,
    language_declared,
    published_at,
    updated_at,
    coalesce(nullif(list_url, ''), url) as list_url,
    alternates,
    text_sha256,
    text_length
from reading
