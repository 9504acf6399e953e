-- One row for each work of research at each crawl that read it.
with reading as (
    {{ without_stand_in(source('raw', 'research_output')) }}
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
    reading.work_id,
    reading.doi,
    reading.title,
    reading.work_type,
    reading.language_declared,
    reading.published_on,
    reading.publication_year,
    reading.authors_total,
    reading.authors_truncated,
    reading.country_shares,
    reading.home_institutions,
    reading.topic_ids,
    reading.subfield_ids,
    reading.is_default_topic,
    reading.is_retracted,
    reading.text_sha256,
    reading.text_length
from reading
left join crawl
    on
        reading.source_id = crawl.source_id
        and reading.crawl_id = crawl.crawl_id
