-- I4, EU grants to AI projects with participants from Luxembourg, by year of signature: the sum of their net
-- contributions, the number of projects, the share coordinated from Luxembourg, and the share of the largest project.
with line as (
    select * from {{ ref('lineage_i4') }}
),

by_year as (
    select
        year.year,
        cast(year.year as varchar) as period,
        case when year.is_provisional then 'p' else '' end as flags,
        coalesce(max(line.known_from), any_value(year.known_from)) as known_from,
        coalesce(bool_or(line.is_sample), any_value(year.is_sample)) as is_sample,
        -- Added in one fixed order: floating sums depend on it.
        coalesce(sum(line.net order by line.record_id) filter (
            where line.role = 'value'
        ), 0) as net,
        count(*) filter (where line.role = 'numerator' and line.dimensions = '{}') as projects,
        count(*) filter (
            where line.role = 'numerator' and line.dimensions = {{ dims({'measure': "'coordinated'"}) }}
        ) as coordinated,
        max(line.project_net) as largest
    from {{ ref('core_grant_year') }} as year
    left join line on cast(year.year as varchar) = line.period
    group by year.year, year.is_provisional
),

cell as (
    select
        *,
        {{ dims({}) }} as dimensions,
        'sum' as measure,
        cast(net as double) as value,
        null as n,
        projects as k,
        'EUR' as unit
    from by_year
    union all by name
    select
        *,
        {{ dims({'measure': "'projects'"}) }} as dimensions,
        'count' as measure,
        cast(projects as double) as value,
        null as n,
        projects as k,
        'projects' as unit
    from by_year
    union all by name
    select
        *,
        {{ dims({'measure': "'coordinated'"}) }} as dimensions,
        'public_share' as measure,
        coordinated / projects as value,
        projects as n,
        coordinated as k,
        'share' as unit
    from by_year
    where projects > 0
    union all by name
    select
        *,
        {{ dims({'measure': "'largest_project'"}) }} as dimensions,
        'share_of_sum' as measure,
        largest / net as value,
        projects as n,
        1 as k,
        'share' as unit
    from by_year
    where net > 0
)

select
    'I4' as indicator_code,
    'LU' as geo,
    period,
    dimensions,
    measure,
    value,
    cast(n as bigint) as n,
    cast(k as bigint) as k,
    cast(null as bigint) as employers,
    cast(null as double) as square_sum,
    cast(null as double) as size_sum,
    cast(null as double) as top_1,
    cast(null as double) as top_2,
    unit,
    flags,
    known_from,
    is_sample
from cell
