-- What could not be read, counted by reason: each refused piece of each archived answer once, however often it is seen.
select
    source_id,
    record_kind,
    reason,
    cast(count(*) as bigint) as n
from (
    select distinct
        source_id,
        record_kind,
        reason,
        capture_id,
        locator
    from {{ ref('stg_quarantine') }}
) as refused
group by all
