-- One row for each posting at each crawl that listed it, with the crawl's own time.
with posting as (
    {{ readings_of(source('raw', 'job_posting'), 'record.board_id') }}
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
    locator,
    board_id,
    posting_id,
    requisition_id,
    employer,
    title,
    posting_url,
    location_raw,
    offices,
    departments,
    employment_type,
    vacancies,
    workplace,
    salary_min,
    salary_max,
    salary_currency,
    salary_period,
    salary_text,
    language_declared,
    languages_required,
    occupation_codes,
    industry,
    published_on,
    published_precision,
    deadline_on,
    is_luxembourg,
    luxembourg_basis,
    is_remote,
    text_sha256
from posting
