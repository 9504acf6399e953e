-- One row for each call for proposals at each crawl that read it.
with reading as (
    {{ readings_of(source('raw', 'funding_call'), "''") }}
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
    call_id,
    parent_id,
    programme,
    title,
    language_declared,
    status,
    action_type,
    opens_on,
    deadlines,
    budget_min,
    budget_max,
    budget_total,
    currency,
    grants_expected,
    keywords,
    page_url,
    updated_at,
    text_sha256,
    text_length
from reading
