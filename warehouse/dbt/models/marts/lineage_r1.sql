-- Which works each cell of R1 rests on. Under each definition: all works that it can judge, and those of them about AI;
-- for the agreement: works that both can judge, and those on which they agree; and the works that topics leave out.
with work as (
    select * from {{ ref('core_work') }}
    where is_counted
),

judged as (
    select
        record_id,
        {{ dims({'definition': "'openalex-topics'"}) }} as dimensions,
        is_ai_topics as is_hit
    from work
    union all
    select
        record_id,
        {{ dims({'definition': "'own-text'"}) }} as dimensions,
        is_ai_text as is_hit
    from work
    union all
    select
        record_id,
        {{ dims({'measure': "'agreement'"}) }} as dimensions,
        is_ai_topics = is_ai_text as is_hit
    from work
    union all
    select
        record_id,
        {{ dims({'measure': "'left_out'"}) }} as dimensions,
        left_out_because is not null as is_hit
    from work
),

member as (
    select
        *,
        'denominator' as role
    from judged
    where is_hit is not null
    union all
    select
        *,
        'numerator' as role
    from judged
    where is_hit
)

select
    'R1' as indicator_code,
    'LU' as geo,
    cast(work.publication_year as varchar) as period,
    member.dimensions,
    member.role,
    work.record_id,
    work.capture_id,
    work.source_id,
    member.is_hit,
    work.is_ai_topics,
    work.is_ai_text,
    work.lu_share,
    work.known_from,
    work.is_sample
from member
inner join work on member.record_id = work.record_id
