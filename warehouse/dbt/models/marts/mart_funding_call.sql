-- Calls for proposals of funders whose licence lets us pass them on: what was or is on offer, not what was given.
select
    topic.call_id,
    topic.parent_id,
    topic.programme,
    topic.title,
    topic.language_declared,
    topic.status,
    topic.action_type,
    topic.opens_on,
    topic.deadlines,
    topic.first_deadline_on,
    topic.last_deadline_on,
    topic.budget_min,
    topic.budget_max,
    topic.budget_total,
    topic.currency,
    topic.grants_expected,
    topic.keywords,
    topic.page_url,
    topic.updated_at,
    topic.is_listed,
    topic.is_ai_text,
    topic.ai_class,
    topic.known_from,
    topic.record_id,
    topic.capture_id,
    topic.locator,
    topic.source_id,
    topic.is_sample
from {{ ref('core_funding_call') }} as topic
inner join {{ ref('stg_source') }} as publisher on topic.source_id = publisher.source_id
where publisher.redistribute
