-- One row for each organisation of a register, as it was last read, with the organisation that it counts as: the one of
-- the reviewed table of lineage, which holds links that registers lack; else its successor where it has exactly one,
-- and that one's in turn, a few steps at most; else itself.
with reading as (
    select
        *,
        source_id as register,
        hash(name, names, types, status, country, place, parents, predecessors, successors, related, other_ids) as said
    from {{ ref('stg_organisation') }}
    qualify row_number() over (
        partition by record_id, crawl_id
        order by retrieved_at desc, capture_id desc
    ) = 1
),

changed as (
    {{ known_since('reading') }}
),

latest as (
    {{ last_readings('reading', 'reading', 'register') }}
),

once as (
    select
        *,
        case when length(successors) = 1 then successors[1] end as successor_id
    from latest
    qualify row_number() over (
        partition by organisation_id
        order by updated_on desc nulls last, crawled_at desc, record_id asc
    ) = 1
)

select
    once.record_id,
    once.source_id,
    changed.capture_id,
    changed.locator,
    changed.known_from,
    once.is_sample,
    once.organisation_id,
    once.name,
    once.names,
    once.types,
    once.status,
    once.country,
    once.place,
    once.established,
    once.parents,
    once.children,
    once.predecessors,
    once.successors,
    once.related,
    once.other_ids,
    once.updated_on,
    coalesce(
        lineage.stands_for_id, third.successor_id, second.successor_id, once.successor_id, once.organisation_id
    ) as stands_for_id
from once
inner join changed on once.record_id = changed.record_id
left join once as second on once.successor_id = second.organisation_id
left join once as third on second.successor_id = third.organisation_id
left join {{ ref('stg_lineage') }} as lineage on once.organisation_id = lineage.organisation_id
