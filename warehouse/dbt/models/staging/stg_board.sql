-- The job boards that the registry declares, with their employers. A declared activity beats what is read from a text.
select
    source_id,
    board_id,
    employer,
    nace_section,
    completeness,
    evidence,
    checked_on
from {{ source('raw', 'board') }}
