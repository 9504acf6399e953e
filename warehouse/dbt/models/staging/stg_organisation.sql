-- One row for each organisation of a register at each crawl that read it.
with reading as (
    {{ readings_of(source('raw', 'organisation'), "''") }}
)

select
    record_id,
    source_id,
    crawl_id,
    capture_id,
    url,
    retrieved_at,
    crawled_at,
    is_complete,
    is_sample,
    locator,
    organisation_id,
    name,
    names,
    types,
    status,
    country,
    place,
    established,
    parents,
    children,
    predecessors,
    successors,
    related,
    other_ids,
    updated_on
from reading
