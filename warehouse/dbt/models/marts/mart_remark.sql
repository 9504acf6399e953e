-- What is unusual about a source without holding anything back, as the newest crawls show it.
select
    source_id,
    what,
    name,
    round(usual, 3) as usual,
    round(found, 3) as found,
    first_seen_at,
    last_seen_at
from {{ ref('stg_remark') }}
