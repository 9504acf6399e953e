-- Which published cell each value of A1 is.
select
    'A1' as indicator_code,
    geo,
    period,
    dimensions,
    'value' as role,
    record_id,
    capture_id,
    source_id
from {{ ref('ind_a1') }}
