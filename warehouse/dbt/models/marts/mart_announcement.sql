-- Announcements of publishers whose licence lets us pass on what they announce.
select
    announcement.source_id,
    announcement.title,
    announcement.page_url,
    announcement.published_at,
    announcement.published_on,
    announcement.period,
    announcement.lang,
    announcement.is_ai,
    announcement.is_counted,
    announcement.known_from,
    announcement.record_id,
    announcement.capture_id,
    announcement.locator,
    announcement.is_sample
from {{ ref('mart_announcement_read') }} as announcement
inner join {{ ref('stg_source') }} as publisher on announcement.source_id = publisher.source_id
where publisher.redistribute
