-- One row for each training on offer at each crawl that read it.
with reading as (
    {{ readings_of(source('raw', 'course'), "''") }}
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
    course_id,
    provider,
    title,
    language_declared,
    languages,
    level,
    mode,
    starts_on,
    ends_on,
    hours,
    price,
    currency,
    places,
    page_url,
    text_sha256,
    text_length
from reading
