-- How far two definitions of AI agree, one row a pair, unit and year, and one for all years: only what both can judge
-- is compared. A pair that nothing can be compared by has no row.
with judged as (
    select * from {{ ref('core_judgement') }}
),

compared as (
    select
        one.unit,
        one.definition as definition_a,
        other.definition as definition_b,
        one.year,
        one.is_ai as a_says,
        other.is_ai as b_says,
        one.known_from,
        one.is_sample
    from judged as one
    inner join judged as other
        on
            one.unit = other.unit
            and one.item = other.item
            and one.definition < other.definition
),

counted as (
    select
        unit,
        definition_a,
        definition_b,
        coalesce(year, 'all') as period,
        count(*) as n,
        count(*) filter (where a_says and b_says) as yes_yes,
        count(*) filter (where a_says and not b_says) as yes_no,
        count(*) filter (where b_says and not a_says) as no_yes,
        count(*) filter (where not a_says and not b_says) as no_no,
        max(known_from) as known_from,
        bool_or(is_sample) as is_sample
    from (
        select * from compared
        where year is not null
        union all
        select * replace (cast(null as varchar) as year) from compared
    ) as by_period
    group by all
),

expected as (
    select
        *,
        (yes_yes + no_no) / n as agreement,
        ((yes_yes + yes_no) * (yes_yes + no_yes) + (no_yes + no_no) * (yes_no + no_no)) / (n * n) as by_chance
    from counted
)

select
    unit,
    definition_a,
    definition_b,
    period,
    n,
    yes_yes,
    yes_no,
    no_yes,
    no_no,
    agreement,
    case when by_chance < 1 then (agreement - by_chance) / (1 - by_chance) end as kappa,
    known_from,
    is_sample
from expected
