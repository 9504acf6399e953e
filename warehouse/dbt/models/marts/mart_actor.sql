-- Actors of the ecosystem, of lists whose licence lets them be passed on.
select
    listed.actor_id,
    listed.name,
    listed.actor_type,
    listed.parent_id,
    listed.website,
    listed.ror_id,
    listed.role,
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
from {{ ref('core_actor') }} as listed
inner join {{ ref('stg_source') }} as publisher on listed.source_id = publisher.source_id
where publisher.redistribute
