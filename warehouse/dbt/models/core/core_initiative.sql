-- Programmes, machines, laws and partnerships, as a reviewed list last had them.
with reading as (
    select
        *,
        source_id as list_id,
        hash(
            name, initiative_type, lead_actor_id, started, status, amount, currency, description, recommendations,
            said_by, said_where, page_url, reviewed_on
        ) as said
    from {{ ref('stg_initiative') }}
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
    latest.initiative_id,
    latest.name,
    latest.initiative_type,
    latest.lead_actor_id,
    latest.started,
    latest.status,
    latest.amount,
    latest.currency,
    latest.description,
    latest.recommendations,
    latest.said_by,
    latest.said_where,
    latest.page_url,
    latest.reviewed_on
from latest
inner join changed on latest.record_id = changed.record_id
