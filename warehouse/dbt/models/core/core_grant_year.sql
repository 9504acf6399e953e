-- The years in which projects with a participant from Luxembourg were signed, without gaps, and whether the register
-- was read long enough after the end of each: until then its figures are provisional.
with span as (
    select
        min(year) as first_year,
        max(year) as last_year,
        bool_or(is_sample) as is_sample,
        max(known_from) as known_from
    from {{ ref('core_grant') }}
),

register as (
    select max(crawled_at) filter (where is_complete) as read_at
    from {{ ref('stg_funding_event') }}
)

select
    cast(calendar.year as integer) as year,
    coalesce(
        register.read_at < make_date(cast(calendar.year as integer) + 1, {{ var('grants_complete_from_month') }}, 1),
        true
    ) as is_provisional,
    span.is_sample,
    span.known_from
from span
cross join register
cross join unnest(generate_series(span.first_year, span.last_year)) as calendar (year)
