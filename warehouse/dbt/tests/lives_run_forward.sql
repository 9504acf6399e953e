-- An opening is published before or when it is first seen, and closed after it was last seen.
select opening_id
from {{ ref('core_opening') }}
where
    opened_on > first_seen_on
    or first_seen_on > last_seen_on
    or closed_on <= last_seen_on
