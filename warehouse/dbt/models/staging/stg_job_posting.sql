-- One row for each posting at each crawl that listed it, with the crawl's own time.
with posting as (
    {{ without_stand_in(source('raw', 'job_posting')) }}
),

crawl as (
    select * from {{ source('raw', 'crawl') }}
)

select
    posting.record_id,
    posting.source_id,
    posting.crawl_id,
    posting.capture_id,
    posting.url,
    posting.retrieved_at,
    coalesce(crawl.started_at, posting.retrieved_at) as crawled_at,
    posting.is_sample,
    posting.board_id,
    posting.posting_id,
    posting.requisition_id,
    posting.employer,
    posting.title,
    posting.location_raw,
    posting.employment_type,
    posting.language_declared,
    posting.published_on,
    posting.deadline_on,
    posting.is_luxembourg,
    posting.luxembourg_basis,
    posting.is_remote,
    posting.text_sha256
from posting
left join crawl
    on
        posting.source_id = crawl.source_id
        and posting.crawl_id = crawl.crawl_id
