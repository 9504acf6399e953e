-- What each definition of AI counts by itself, one row a unit, definition and year, and one for all years: of what it
-- can judge, how much is AI. Works are counted whole and by their share of Luxembourg.
select
    unit,
    definition,
    coalesce(year, 'all') as period,
    count(*) as n,
    count(*) filter (where is_ai) as k,
    -- Added in one fixed order: floating sums depend on it.
    sum(weight order by item) as weight_n,
    case when max(unit) = 'work' then coalesce(sum(weight order by item) filter (where is_ai), 0) end as weight_k,
    max(known_from) as known_from,
    bool_or(is_sample) as is_sample
from (
    select * from {{ ref('core_judgement') }}
    where year is not null
    union all
    select * replace (cast(null as varchar) as year) from {{ ref('core_judgement') }}
) as judged
group by unit, definition, year
