-- R1, AI share of publications: fractional counts by year under two definitions, how far the two agree, and how many
-- works the one by topics leaves out.
with line as (
    select * from {{ ref('lineage_r1') }}
),

cell as (
    select
        period,
        dimensions,
        json_extract_string(dimensions, '$.definition') as definition,
        json_extract_string(dimensions, '$.measure') as measure,
        count(*) filter (where role = 'denominator') as n,
        count(*) filter (where role = 'numerator') as k,
        -- Added in one fixed order: floating sums depend on it.
        sum(lu_share order by record_id) filter (where role = 'denominator') as base_sum,
        coalesce(sum(lu_share order by record_id) filter (where role = 'numerator'), 0) as hit_sum,
        max(known_from) as known_from,
        bool_or(is_sample) as is_sample
    from line
    group by period, dimensions
)

select
    'R1' as indicator_code,
    'LU' as geo,
    cell.period,
    cell.dimensions,
    case
        when cell.definition is not null then 'ratio'
        when cell.measure = 'agreement' then 'agreement'
        else 'tally'
    end as measure,
    case
        when cell.definition is not null then cell.hit_sum / cell.base_sum
        when cell.measure = 'left_out' then cast(cell.k as double)
    end as value,
    cast(cell.n as bigint) as n,
    cast(cell.k as bigint) as k,
    cast(null as bigint) as employers,
    cast(null as double) as square_sum,
    cast(null as double) as size_sum,
    cast(null as double) as top_1,
    cast(null as double) as top_2,
    case
        when cell.definition is not null then 'share'
        when cell.measure = 'agreement' then 'kappa'
        else 'works'
    end as unit,
    case when year.is_provisional then 'p' else '' end as flags,
    cell.known_from,
    cell.is_sample
from cell
inner join {{ ref('core_work_year') }} as year on cell.period = cast(year.publication_year as varchar)
