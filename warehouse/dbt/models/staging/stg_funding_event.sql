-- One row for each participation in a funded project at each crawl that read it.
with reading as (
    {{ without_stand_in(source('raw', 'funding_event')) }}
),

crawl as (
    select * from {{ source('raw', 'crawl') }}
)

select
    reading.record_id,
    reading.source_id,
    reading.crawl_id,
    reading.capture_id,
    reading.url,
    reading.retrieved_at,
    coalesce(crawl.started_at, reading.retrieved_at) as crawled_at,
    coalesce(crawl.complete, false) as is_complete,
    reading.is_sample,
    reading.programme,
    reading.project_id,
    reading.acronym,
    reading.title,
    reading.status,
    reading.signed_on,
    reading.starts_on,
    reading.ends_on,
    reading.total_cost,
    reading.project_contribution,
    reading.currency,
    reading.topic_codes,
    reading.organisation_id,
    reading.organisation,
    reading.country,
    reading.activity_type,
    reading.role,
    reading.contribution,
    reading.net_contribution,
    reading.content_updated_at,
    reading.text_sha256,
    reading.text_length
from reading
left join crawl
    on
        reading.source_id = crawl.source_id
        and reading.crawl_id = crawl.crawl_id
