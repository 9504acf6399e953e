-- One row for each signed-off crawl.
select
    source_id,
    crawl_id,
    mode,
    started_at,
    finished_at,
    finish_reason,
    complete,
    is_reconstructed,
    captures,
    new_captures,
    whole as whole_boards
from {{ source('raw', 'crawl') }}
