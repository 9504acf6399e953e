-- One row for each posting at each crawl that listed it, with the crawl's own time.
with posting as (
    {{ readings_of(source('raw', 'job_posting')) }}
)

select
    record_id,
    source_id,
    crawl_id,
    capture_id,
    url,
    retrieved_at,
    crawled_at,
    is_sample,
    board_id,
    posting_id,
    requisition_id,
    employer,
    title,
    location_raw,
    employment_type,
    language_declared,
    published_on,
    deadline_on,
    is_luxembourg,
    luxembourg_basis,
    is_remote,
    text_sha256
from posting
