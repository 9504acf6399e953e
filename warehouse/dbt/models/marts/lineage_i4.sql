-- Which participations and projects each cell of I4 rests on. An AI project counts once, under its first participation
-- from Luxembourg; the amounts are those of all its participations from there.
with participation as (
    select
        *,
        programme || ' ' || project_id as project_key,
        row_number() over (partition by programme, project_id order by record_id) = 1 as is_project,
        bool_or(is_coordinator) over (partition by programme, project_id) as is_coordinated,
        sum(coalesce(net, 0)) over (partition by programme, project_id) as project_net,
        min(year) over (partition by programme, project_id) as project_year
    from {{ ref('core_grant') }}
    where is_ai and year is not null
),

largest as (
    select
        project_year,
        arg_max(project_key, (project_net, project_key)) as project_key
    from participation
    group by project_year
),

member as (
    select
        record_id,
        {{ dims({}) }} as dimensions,
        'value' as role
    from participation
    union all
    select
        record_id,
        {{ dims({}) }} as dimensions,
        'numerator' as role
    from participation
    where is_project
    union all
    select
        record_id,
        {{ dims({'measure': "'projects'"}) }} as dimensions,
        'numerator' as role
    from participation
    where is_project
    union all
    select
        record_id,
        {{ dims({'measure': 'measure'}) }} as dimensions,
        'denominator' as role
    from participation
    cross join unnest(['coordinated', 'largest_project']) as counted (measure)
    where is_project
    union all
    select
        record_id,
        {{ dims({'measure': "'coordinated'"}) }} as dimensions,
        'numerator' as role
    from participation
    where is_project and is_coordinated
    union all
    select
        participation.record_id,
        {{ dims({'measure': "'largest_project'"}) }} as dimensions,
        'numerator' as role
    from participation
    inner join largest on participation.project_key = largest.project_key
    where participation.is_project
)

select
    'I4' as indicator_code,
    'LU' as geo,
    cast(participation.project_year as varchar) as period,
    member.dimensions,
    member.role,
    participation.record_id,
    participation.capture_id,
    participation.source_id,
    participation.project_key,
    participation.project_net,
    coalesce(participation.net, 0) as net,
    participation.known_from,
    participation.is_sample
from member
inner join participation on member.record_id = participation.record_id
