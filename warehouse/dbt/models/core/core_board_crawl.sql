-- Each board at each crawl that read all of it: only such a crawl can say that a posting is gone.
-- Which boards those are, the crawl itself said at its end; an empty name stands for all that its source has. A crawl
-- whose records are not loaded says nothing; if one of its answers could not be read, it speaks only for boards of
-- which it listed something.
with posting as (
    select * from {{ ref('stg_job_posting') }}
),

board as (
    select distinct
        source_id,
        board_id
    from posting
),

crawl as (
    select * from {{ ref('stg_crawl') }}
),

loaded as (
    select distinct
        source_id,
        crawl_id
    from {{ source('raw', 'loaded_file') }}
    where kind in ('job_posting', 'quarantine')
),

unreadable as (
    select distinct
        source_id,
        crawl_id
    from {{ ref('stg_quarantine') }}
    where record_kind = 'capture'
),

listed as (
    select distinct
        source_id,
        crawl_id,
        board_id
    from posting
)

select
    board.source_id,
    board.board_id,
    crawl.crawl_id,
    crawl.started_at as crawled_at,
    cast(crawl.started_at as date) as crawled_on
from board
inner join crawl on board.source_id = crawl.source_id
inner join loaded
    on
        crawl.source_id = loaded.source_id
        and crawl.crawl_id = loaded.crawl_id
left join unreadable
    on
        crawl.source_id = unreadable.source_id
        and crawl.crawl_id = unreadable.crawl_id
left join listed
    on
        board.source_id = listed.source_id
        and board.board_id = listed.board_id
        and crawl.crawl_id = listed.crawl_id
where
    (list_contains(crawl.whole_boards, board.board_id) or list_contains(crawl.whole_boards, ''))
    and (unreadable.crawl_id is null or listed.crawl_id is not null)
