-- One row for each story: its first telling, the languages and the addresses that it is told in.
select
    member.story_id,
    any_value(announcement.source_id) filter (where member.is_first) as source_id,
    any_value(announcement.title) filter (where member.is_first) as title,
    any_value(announcement.page_url) filter (where member.is_first) as page_url,
    any_value(announcement.published_on) filter (where member.is_first) as published_on,
    any_value(announcement.month) filter (where member.is_first) as month,
    min(announcement.known_from) as known_from,
    count(*) as tellings,
    list_sort(list(distinct announcement.source_id)) as sources,
    list_sort(list(distinct announcement.lang) filter (where announcement.lang is not null)) as languages,
    bool_or(announcement.is_ai) as is_ai,
    bool_or(announcement.is_sample) as is_sample
from {{ ref('core_story_member') }} as member
inner join {{ ref('core_announcement') }} as announcement on member.record_id = announcement.record_id
group by member.story_id
