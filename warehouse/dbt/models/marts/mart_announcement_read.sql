-- Restricted: every announcement with what the classifier says of it.
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
    announcement.categories,
    announcement.ai_class,
    announcement.ai_score,
    announcement.skills,
    announcement.organisations,
    announcement.model_version,
    announcement.first_seen_at,
    announcement.known_from,
    announcement.record_id,
    announcement.capture_id,
    announcement.locator,
    announcement.is_sample
from {{ ref('core_announcement') }} as announcement
left join {{ ref('core_announcement_month') }} as watched
    on
        announcement.source_id = watched.source_id
        and announcement.url = watched.url
        and announcement.month = watched.month
