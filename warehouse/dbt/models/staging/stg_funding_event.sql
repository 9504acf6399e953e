-- One row for each participation in a funded project at each crawl that read it.
with reading as (
    {{ readings_of(source('raw', 'funding_event'), 'record.programme') }}
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
    programme,
    project_id,
    acronym,
    title,
    status,
    signed_on,
    starts_on,
    ends_on,
    total_cost,
    project_contribution,
    currency,
    topic_codes,
    organisation_id,
    organisation,
    country,
    activity_type,
    role,
    contribution,
    net_contribution,
    content_updated_at,
    text_sha256,
    text_length
from reading
