-- What two definitions agree on follows from the four counts, only computed definitions are compared, no more than all
-- years together is counted by year, and the pair that R1 publishes is the one that is counted here.
with agreement as (
    select * from {{ ref('mart_definition_agreement') }}
),

by_year as (
    select
        unit,
        definition_a,
        definition_b,
        sum(n) as n
    from agreement
    where period <> 'all'
    group by all
)

select
    definition_a,
    definition_b,
    period,
    'counts' as what
from agreement
where
    yes_yes + yes_no + no_yes + no_no <> n
    or n = 0
    or agreement not between 0 and 1
    or kappa not between -1 and 1
union all
select
    agreement.definition_a,
    agreement.definition_b,
    agreement.period,
    'definition' as what
from agreement
where
    (
        select count(*) from {{ ref('ai_definition') }} as known
        where
            known.definition in (agreement.definition_a, agreement.definition_b)
            and known.status = 'computed'
    ) <> 2
union all
select
    by_year.definition_a,
    by_year.definition_b,
    'all' as period,
    'years' as what
from by_year
left join agreement
    on
        by_year.unit = agreement.unit
        and by_year.definition_a = agreement.definition_a
        and by_year.definition_b = agreement.definition_b
        and agreement.period = 'all'
where by_year.n > coalesce(agreement.n, 0)
union all
select
    'openalex-topics' as definition_a,
    'own-text' as definition_b,
    counted.period,
    'R1' as what
from {{ ref('ind_r1') }} as counted
left join agreement
    on
        agreement.unit = 'work'
        and agreement.definition_a = 'openalex-topics'
        and agreement.definition_b = 'own-text'
        and counted.period = agreement.period
where
    json_extract_string(counted.dimensions, '$.measure') = 'agreement'
    and (counted.n <> coalesce(agreement.n, 0) or counted.k <> coalesce(agreement.yes_yes + agreement.no_no, 0))
