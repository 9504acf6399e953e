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
    complete_keys
from {{ source('raw', 'crawl') }}
