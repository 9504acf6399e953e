-- N1, announcements a month: those about AI, and all of them as the base to compare with. A month in which something
-- was announced but which was not watched from end to end is withheld; where the set of lists differs from the month
-- counted before, the month is marked as a break.
with watched as (
    select
        month,
        max(completed_at) as completed_at,
        string_agg(source_id || ' ' || url, chr(31) order by source_id, url) as lists
    from {{ ref('core_announcement_month') }}
    group by month
),

month as (
    select
        month,
        completed_at,
        coalesce(lag(lists) over (order by month) <> lists, false) as is_break
    from watched
),

seen as (
    select
        month,
        -- The first, so that the next item of a month that is not counted yet moves nothing.
        min(known_from) as known_from,
        bool_or(is_sample) as is_sample
    from {{ ref('core_announcement') }}
    group by month
),

kind as (
    select bool_or(is_sample) as is_sample from seen
),

counted as (
    select
        month,
        dimensions,
        count(*) as k,
        max(known_from) as known_from
    from {{ ref('lineage_n1') }}
    group by month, dimensions
),

base as (
    select {{ dims({}) }} as dimensions
    union all
    select {{ dims({'base': "'all'"}) }} as dimensions
),

cell as (
    select
        coalesce(month.month, seen.month) as month,
        month.completed_at,
        coalesce(month.is_break, false) as is_break,
        seen.known_from,
        seen.is_sample,
        base.dimensions
    from month
    full outer join seen on month.month = seen.month
    cross join base
)

select
    'N1' as indicator_code,
    'LU' as geo,
    strftime(cell.month, '%Y-%m') as period,
    cell.dimensions,
    case when cell.completed_at is null then 'not_watched' else 'count' end as measure,
    case when cell.completed_at is not null then cast(coalesce(counted.k, 0) as double) end as value,
    cast(null as bigint) as n,
    case when cell.completed_at is not null then cast(coalesce(counted.k, 0) as bigint) end as k,
    cast(null as bigint) as employers,
    cast(null as double) as square_sum,
    cast(null as double) as size_sum,
    cast(null as double) as top_1,
    cast(null as double) as top_2,
    'announcements' as unit,
    case when cell.is_break then 'b' else '' end as flags,
    greatest(coalesce(counted.known_from, cell.known_from, cell.completed_at), cell.completed_at) as known_from,
    coalesce(cell.is_sample, kind.is_sample) as is_sample
from cell
cross join kind
left join counted
    on
        cell.month = counted.month
        and cell.dimensions = counted.dimensions
