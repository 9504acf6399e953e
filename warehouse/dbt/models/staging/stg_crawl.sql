-- One row for each signed-off crawl. One that brings an increment reads no board whole.
select
    crawl.source_id,
    crawl.crawl_id,
    crawl.mode,
    crawl.started_at,
    crawl.finished_at,
    crawl.finish_reason,
    crawl.complete,
    crawl.is_reconstructed,
    crawl.captures,
    crawl.new_captures,
    case when registry.reads = 'increment' then [] else crawl.whole end as whole_boards
from {{ source('raw', 'crawl') }} as crawl
left join {{ source('raw', 'source') }} as registry on crawl.source_id = registry.source_id
