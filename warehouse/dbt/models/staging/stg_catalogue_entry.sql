-- One row for each entry of a publisher's catalogue at each crawl that read it.
with reading as (
    {{ readings_of(source('raw', 'catalogue_entry'), "''") }}
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
    dataset_id,
    resource_id,
    title,
    resource_title,
    text,
    publisher,
    page_url,
    resource_url,
    media_format,
    licence,
    frequency,
    keywords,
    version,
    checksum,
    published_at,
    updated_at
from reading
