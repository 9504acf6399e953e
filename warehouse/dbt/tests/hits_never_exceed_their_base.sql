-- No cell counts more openings than its base, and no base has more employers than openings.
select
    indicator_code,
    period,
    dimensions,
    n,
    k,
    employers
from (
    select * from {{ ref('ind_t1') }}
    union all
    select * from {{ ref('ind_t5') }}
    union all
    select * from {{ ref('ind_t12') }}
) as counted
where k > n or k < 0 or n <= 0 or employers > n
