-- Which announcements each month of N1 counts: those of the lists that were watched through the whole month, all of
-- them and those about AI.
with announcement as (
    select announcement.*
    from {{ ref('core_announcement') }} as announcement
    inner join {{ ref('core_announcement_month') }} as watched
        on
            announcement.source_id = watched.source_id
            and announcement.url = watched.url
            and announcement.month = watched.month
),

member as (
    select
        record_id,
        {{ dims({}) }} as dimensions
    from announcement
    where is_ai
    union all
    select
        record_id,
        {{ dims({'base': "'all'"}) }} as dimensions
    from announcement
)

select
    'N1' as indicator_code,
    'LU' as geo,
    strftime(announcement.month, '%Y-%m') as period,
    member.dimensions,
    'numerator' as role,
    announcement.record_id,
    announcement.capture_id,
    announcement.source_id,
    announcement.month,
    announcement.known_from,
    announcement.is_sample
from member
inner join announcement on member.record_id = announcement.record_id
