-- T5, how broadly a skill is asked for over four quarters: distinct employers, their effective number exp(-sum s ln s)
-- with s the employer's part of the openings that name the skill, and distinct sections of the economy.
with share as (
    select * from {{ ref('ind_t5') }}
),

by_employer as (
    select
        frame.period,
        member.dimensions,
        member.employer_key,
        count(*) as openings
    from {{ ref('core_window') }} as frame
    inner join {{ ref('lineage_t5') }} as member
        on member.quarter_index between frame.start_index and frame.end_index
    where frame.quarters = 4 and member.role = 'numerator'
    group by all
),

employer as (
    select
        period,
        dimensions,
        count(*) as employers,
        -- The terms are added in one fixed order: floating sums depend on it.
        exp(-sum(part * ln(part) order by part, employer_key)) as effective_employers
    from (
        select
            *,
            openings / sum(openings) over (partition by period, dimensions) as part
        from by_employer
    ) as parted
    group by all
),

sector as (
    select
        frame.period,
        member.dimensions,
        count(distinct member.nace_section) filter (where member.nace_section <> 'unknown') as sectors
    from {{ ref('core_window') }} as frame
    inner join {{ ref('lineage_t5') }} as member
        on member.quarter_index between frame.start_index and frame.end_index
    where frame.quarters = 4 and member.role = 'numerator'
    group by all
),

breadth as (
    select
        'employers' as measure,
        period,
        dimensions,
        cast(employers as double) as value,
        'employers' as unit
    from employer
    union all
    select
        'effective_employers' as measure,
        period,
        dimensions,
        effective_employers as value,
        'employers' as unit
    from employer
    union all
    select
        'sectors' as measure,
        period,
        dimensions,
        cast(sectors as double) as value,
        'sections' as unit
    from sector
)

select
    share.indicator_code,
    share.geo,
    share.period,
    cast(json_merge_patch(share.dimensions, json_object('measure', breadth.measure)) as varchar) as dimensions,
    'breadth' as measure,
    breadth.value,
    share.n,
    share.k,
    share.employers,
    cast(null as double) as square_sum,
    cast(null as double) as size_sum,
    share.top_1,
    share.top_2,
    breadth.unit,
    '' as flags,
    share.known_from,
    share.is_sample
from breadth
inner join share
    on
        breadth.period = share.period
        and breadth.dimensions = share.dimensions
