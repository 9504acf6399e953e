-- The records behind a quarter's total are as many as its counts say.
with lined as (
    select
        period,
        dimensions,
        count(*) filter (where role = 'denominator') as n,
        count(*) filter (where role = 'numerator') as k
    from {{ ref('lineage_t1') }}
    where dimensions = base_dimensions
    group by period, dimensions
)

select
    counted.period,
    counted.dimensions
from {{ ref('ind_t1') }} as counted
left join lined
    on
        counted.period = lined.period
        and counted.dimensions = lined.dimensions
where
    json_extract_string(counted.dimensions, '$.window') is null
    and json_extract_string(counted.dimensions, '$.ai_class') is null
    and (counted.n is distinct from lined.n or counted.k is distinct from lined.k)
