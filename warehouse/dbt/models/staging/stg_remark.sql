-- What is unusual about a source without holding anything back: more rejects, slower answers, fields that nobody keeps.
select
    source_id,
    what,
    name,
    usual,
    found,
    first_seen_at,
    last_seen_at
from {{ source('raw', 'remark') }}
