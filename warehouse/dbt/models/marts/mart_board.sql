-- The parts of each source: the job boards that the registry declares, and what else its crawls were told apart by.
-- Whether each still gives what it usually gives: of one that is held the last good crawl stays in force. How many ads
-- a board has is not said, since it is one employer's.
with board as (
    select * from {{ ref('stg_board') }}
),

part as (
    select * from {{ ref('stg_part') }}
)

select
    coalesce(board.source_id, part.source_id) as source_id,
    coalesce(board.board_id, part.part) as board_id,
    board.employer,
    board.completeness,
    board.evidence,
    board.checked_on,
    case
        when part.what is not null then 'held'
        when part.last_good_at is not null then 'steady'
        else 'unread'
    end as state,
    part.what,
    part.since,
    part.last_good_at,
    case
        when part.what = 'records' and part.what_usual > 0 then round(part.found / part.what_usual, 2)
        when part.what like 'field:%' then round(part.found, 2)
    end as fallen_to
from board
full join part
    on
        board.source_id = part.source_id
        and board.board_id = part.part
