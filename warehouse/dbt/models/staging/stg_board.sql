-- Boards whose employer's activity the registry declares: what is known beats what is read from a text.
select
    source_id,
    board_id,
    nace_section
from {{ source('raw', 'board') }}
