-- One row for each posting in Luxembourg with its life. What it says, and whether it is in Luxembourg, is taken from
-- the first sighting with a text (boards list first and tell later), else from the first one, so that a later crawl
-- does not move a published number. Its life goes on with every crawl that listed it, also where that said another
-- place, no text or something that had to be set aside. It is closed by the first complete crawl of its board after
-- the last of these.
with listing as (
    select * from {{ ref('stg_job_posting') }}
),

said as (
    select *
    from listing
    qualify row_number() over (
        partition by record_id
        order by coalesce(text_length, 0) = 0, crawl_id, capture_id, text_sha256
    ) = 1
),

-- Of several readings of its day the first one wins: later ones are older guesses. A day that it was published on or
-- before says least.
published as (
    select
        record_id,
        published_on,
        published_precision,
        coalesce(published_precision, '') <> 'on_or_before' as is_known
    from listing
    where published_on is not null
    qualify row_number() over (
        partition by record_id
        order by not is_known, crawl_id, capture_id, published_on
    ) = 1
),

sighting as (
    select
        record_id,
        crawl_id,
        crawled_at
    from listing
    union all
    select
        refused.record_id,
        refused.crawl_id,
        coalesce(crawl.started_at, refused.retrieved_at) as crawled_at
    from {{ ref('stg_quarantine') }} as refused
    left join {{ ref('stg_crawl') }} as crawl
        on
            refused.source_id = crawl.source_id
            and refused.crawl_id = crawl.crawl_id
    where refused.record_kind = 'job_posting'
),

life as (
    select
        record_id,
        min(crawl_id) as first_crawl_id,
        cast(min(crawled_at) as date) as first_seen_on,
        cast(max(crawled_at) as date) as last_seen_on,
        max(crawl_id) as last_crawl_id
    from sighting
    group by record_id
),

board as (
    select
        source_id,
        board_id,
        min(crawl_id) as first_crawl_id
    from {{ ref('core_board_crawl') }}
    group by source_id, board_id
),

closing as (
    select
        life.record_id,
        min(board_crawl.crawled_on) as closed_on
    from life
    inner join said on life.record_id = said.record_id
    inner join {{ ref('core_board_crawl') }} as board_crawl
        on
            said.source_id = board_crawl.source_id
            and said.board_id = board_crawl.board_id
            and life.last_crawl_id < board_crawl.crawl_id
    group by life.record_id
)

select
    said.record_id,
    said.source_id,
    said.board_id,
    said.posting_id,
    said.requisition_id,
    said.capture_id,
    said.locator,
    said.url,
    said.retrieved_at as known_from,
    said.is_sample,
    said.employer,
    {{ employer_key('said.employer') }} as employer_key,
    said.title,
    said.posting_url,
    said.location_raw,
    said.employment_type,
    said.vacancies,
    said.workplace,
    said.salary_min,
    said.salary_max,
    said.salary_currency,
    said.salary_period,
    said.salary_text,
    said.languages_required as languages_declared,
    said.occupation_codes,
    said.industry,
    said.is_remote,
    said.luxembourg_basis,
    said.text_sha256,
    published.published_on,
    published.published_precision,
    said.deadline_on,
    life.first_seen_on,
    life.last_seen_on,
    closing.closed_on,
    case
        when published.is_known then least(published.published_on, life.first_seen_on)
        else life.first_seen_on
    end as opened_on,
    not coalesce(published.is_known, false)
    and not coalesce(board.first_crawl_id < life.first_crawl_id, false) as is_left_truncated
from said
inner join life on said.record_id = life.record_id
left join published on said.record_id = published.record_id
left join closing on said.record_id = closing.record_id
left join board
    on
        said.source_id = board.source_id
        and said.board_id = board.board_id
where said.is_luxembourg
