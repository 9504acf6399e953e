-- Programmes, machines, laws and partnerships, of lists whose licence lets them be passed on.
select
    listed.initiative_id,
    listed.name,
    listed.initiative_type,
    listed.lead_actor_id,
    listed.started,
    listed.status,
    listed.amount,
    listed.currency,
    listed.description,
    listed.recommendations,
    listed.said_by,
    listed.said_where,
    listed.page_url,
    listed.reviewed_on,
    listed.known_from,
    listed.record_id,
    listed.capture_id,
    listed.locator,
    listed.source_id,
    listed.is_sample
from {{ ref('core_initiative') }} as listed
inner join {{ ref('stg_source') }} as publisher on listed.source_id = publisher.source_id
where publisher.redistribute
