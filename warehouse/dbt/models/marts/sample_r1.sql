-- What the intervals of R1 are drawn from: works that weigh the same and are judged the same are one row with their
-- number. Shares of AI weigh a work with its share of Luxembourg; the agreement counts each work once.
select
    indicator_code,
    geo,
    period,
    dimensions,
    case when is_hit then 'yes' else 'no' end as outcome,
    round(lu_share, 9) as weight,
    cast(count(*) as bigint) as units
from {{ ref('lineage_r1') }}
where role = 'denominator' and json_extract_string(dimensions, '$.definition') is not null
group by all
union all
select
    indicator_code,
    geo,
    period,
    dimensions,
    case when is_ai_topics then 'yes' else 'no' end || '/' || case when is_ai_text then 'yes' else 'no' end as outcome,
    1.0 as weight,
    cast(count(*) as bigint) as units
from {{ ref('lineage_r1') }}
where role = 'denominator' and json_extract_string(dimensions, '$.measure') = 'agreement'
group by all
