-- Actors of the ecosystem, as a reviewed list last had them.
with reading as (
    select
        *,
        source_id as list_id,
        hash(
            name, actor_type, parent_id, website, ror_id, role, said_by, said_where, page_url, reviewed_on
        ) as said
    from {{ ref('stg_actor') }}
    qualify row_number() over (
        partition by record_id, crawl_id
        order by retrieved_at desc, capture_id desc
    ) = 1
),

changed as (
    {{ known_since('reading') }}
),

latest as (
    {{ last_readings('reading', 'reading', 'list_id') }}
)

select
    latest.record_id,
    latest.source_id,
    changed.capture_id,
    changed.locator,
    changed.known_from,
    latest.is_sample,
    latest.actor_id,
    latest.name,
    latest.actor_type,
    latest.parent_id,
    latest.website,
    latest.ror_id,
    latest.role,
    latest.said_by,
    latest.said_where,
    latest.page_url,
    latest.reviewed_on
from latest
inner join changed on latest.record_id = changed.record_id
