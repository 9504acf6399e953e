-- A crawl whose records of a board are held speaks neither for that board nor with its records.
select
    held.source_id,
    held.crawl_id,
    held.part
from {{ source('raw', 'held') }} as held
inner join {{ ref('core_board_crawl') }} as board_crawl
    on
        held.source_id = board_crawl.source_id
        and held.crawl_id = board_crawl.crawl_id
        and held.part in ('', board_crawl.board_id)
union all
select
    held.source_id,
    held.crawl_id,
    held.part
from {{ source('raw', 'held') }} as held
inner join {{ ref('stg_job_posting') }} as posting
    on
        held.source_id = posting.source_id
        and held.crawl_id = posting.crawl_id
        and held.part in ('', posting.board_id)
