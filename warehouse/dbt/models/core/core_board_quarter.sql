-- The quarters in which each board was watched from end to end: a complete crawl near the start at the latest, one
-- after the end, and no long pause between. Only these are counted, so the running quarter never is.
with crawl as (
    select
        *,
        lag(crawled_on) over (partition by source_id, board_id order by crawl_id) as previous_on
    from {{ ref('core_board_crawl') }}
),

board as (
    select
        source_id,
        board_id,
        min(crawled_on) as first_on,
        max(crawled_on) as last_on
    from crawl
    group by source_id, board_id
),

board_quarter as (
    select
        board.source_id,
        board.board_id,
        board.first_on,
        span.quarter_index,
        {{ quarter_start('span.quarter_index') }} as starts_on,
        {{ quarter_start('(span.quarter_index + 1)') }} as ends_before
    from board
    cross join unnest(generate_series(
        cast({{ quarter_index('board.first_on') }} as bigint) - 1,
        cast({{ quarter_index('board.last_on') }} as bigint)
    )) as span (quarter_index)
),

pause as (
    select * from crawl
    where crawled_on - previous_on > {{ var('coverage_gap_days') }}
)

select
    board_quarter.source_id,
    board_quarter.board_id,
    cast(board_quarter.quarter_index as integer) as quarter_index,
    min(crawl.crawled_at) as completed_at
from board_quarter
inner join crawl
    on
        board_quarter.source_id = crawl.source_id
        and board_quarter.board_id = crawl.board_id
        and board_quarter.ends_before <= crawl.crawled_on
where
    board_quarter.first_on <= board_quarter.starts_on + {{ var('coverage_gap_days') }}
    and not exists (
        select 1 from pause
        where
            pause.source_id = board_quarter.source_id
            and pause.board_id = board_quarter.board_id
            and pause.previous_on < board_quarter.ends_before
            and pause.crawled_on > board_quarter.starts_on
    )
group by all
