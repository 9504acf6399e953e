-- Which announcements each month of N1 counts: those of the lists that were watched through the whole month, all of
-- them and those about AI. Of a story that was told under several addresses or in several languages the first telling
-- of those counts; the story is about AI if one of them is.
with announcement as (
    select
        announcement.* exclude (is_ai),
        bool_or(announcement.is_ai) over (partition by member.story_id) as is_ai
    from {{ ref('core_announcement') }} as announcement
    inner join {{ ref('core_announcement_month') }} as watched
        on
            announcement.source_id = watched.source_id
            and announcement.url = watched.url
            and announcement.month = watched.month
    inner join {{ ref('core_story_member') }} as member
        on announcement.record_id = member.record_id
    qualify row_number() over (
        partition by member.story_id
        order by announcement.published_on, announcement.first_seen_at, announcement.record_id
    ) = 1
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
