-- One row for each announcement at each crawl that read it.
with reading as (
    {{ without_stand_in(source('raw', 'announcement')) }}
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
    reading.item_id,
    reading.title,
    reading.page_url,
    reading.categories,
    reading.language_declared,
    reading.published_at,
    reading.updated_at,
    reading.text_sha256,
    reading.text_length
from reading
left join crawl
    on
        reading.source_id = crawl.source_id
        and reading.crawl_id = crawl.crawl_id
