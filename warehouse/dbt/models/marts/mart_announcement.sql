-- Announcements of publishers whose licence lets us pass on what they announce.
select
    announcement.source_id,
    announcement.title,
    announcement.page_url,
    announcement.published_at,
    announcement.published_on,
    strftime(announcement.month, '%Y-%m') as period,
    announcement.lang,
    announcement.is_ai,
    watched.month is not null as is_counted,
    announcement.known_from,
    announcement.record_id,
    announcement.capture_id,
    announcement.is_sample
from {{ ref('core_announcement') }} as announcement
inner join {{ ref('stg_source') }} as publisher on announcement.source_id = publisher.source_id
left join {{ ref('core_announcement_month') }} as watched
    on
        announcement.source_id = watched.source_id
        and announcement.url = watched.url
        and announcement.month = watched.month
where publisher.redistribute
