-- The parts of each source (boards, data sets, programmes) as the judgement of its crawls finds them.
select
    source_id,
    part,
    usual,
    last_good_at,
    what,
    what_usual,
    found,
    since
from {{ source('raw', 'part') }}
