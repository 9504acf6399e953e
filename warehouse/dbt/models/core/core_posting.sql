-- One row for each posting in Luxembourg with its life. What it says is taken from its first sighting, so that a later
-- crawl does not move a published number; its life goes on with every crawl. It is closed by the first complete crawl
-- of its board after the last one that listed it.
with listing as (
    select * from {{ ref('stg_job_posting') }}
),

first_listing as (
    select *
    from listing
    qualify row_number() over (
        partition by record_id
        order by crawl_id, capture_id, text_sha256
    ) = 1
),

life as (
    select
        record_id,
        min(crawled_at) as first_seen_at,
        max(crawled_at) as last_seen_at,
        max(crawl_id) as last_crawl_id
    from listing
    group by record_id
),

closing as (
    select
        life.record_id,
        min(board_crawl.crawled_on) as closed_on
    from life
    inner join first_listing on life.record_id = first_listing.record_id
    inner join {{ ref('core_board_crawl') }} as board_crawl
        on
            first_listing.source_id = board_crawl.source_id
            and first_listing.board_id = board_crawl.board_id
            and life.last_crawl_id < board_crawl.crawl_id
    group by life.record_id
)

select
    first_listing.record_id,
    first_listing.source_id,
    first_listing.board_id,
    first_listing.posting_id,
    first_listing.requisition_id,
    first_listing.capture_id,
    first_listing.locator,
    first_listing.url,
    first_listing.retrieved_at as known_from,
    first_listing.is_sample,
    first_listing.employer,
    {{ employer_key('first_listing.employer') }} as employer_key,
    first_listing.title,
    first_listing.posting_url,
    first_listing.location_raw,
    first_listing.employment_type,
    first_listing.vacancies,
    first_listing.workplace,
    first_listing.salary_min,
    first_listing.salary_max,
    first_listing.salary_currency,
    first_listing.salary_period,
    first_listing.salary_text,
    first_listing.languages_required as languages_declared,
    first_listing.occupation_codes,
    first_listing.industry,
    first_listing.is_remote,
    first_listing.luxembourg_basis,
    first_listing.text_sha256,
    first_listing.published_on,
    first_listing.published_precision,
    first_listing.deadline_on,
    cast(life.first_seen_at as date) as first_seen_on,
    cast(life.last_seen_at as date) as last_seen_on,
    closing.closed_on,
    least(coalesce(first_listing.published_on, cast(life.first_seen_at as date)), cast(life.first_seen_at as date))
        as opened_on
from first_listing
inner join life on first_listing.record_id = life.record_id
left join closing on first_listing.record_id = closing.record_id
where first_listing.is_luxembourg
