-- Organisations in Luxembourg of registers whose licence lets us pass them on, with the one that each counts as.
select
    organisation.organisation_id,
    organisation.name,
    organisation.names,
    organisation.types,
    organisation.status,
    organisation.country,
    organisation.place,
    organisation.established,
    organisation.parents,
    organisation.children,
    organisation.predecessors,
    organisation.successors,
    organisation.related,
    organisation.other_ids,
    organisation.updated_on,
    organisation.stands_for_id,
    organisation.known_from,
    organisation.record_id,
    organisation.capture_id,
    organisation.locator,
    organisation.source_id,
    organisation.is_sample
from {{ ref('core_organisation') }} as organisation
inner join {{ ref('stg_source') }} as publisher on organisation.source_id = publisher.source_id
where
    publisher.redistribute
    and organisation.country = 'LU'
