-- The recommendations of the LUX AI HUB report, as a reviewed list last had them.
with reading as (
    select
        *,
        source_id as list_id,
        hash(
            orientation, title, signals, said_by, reviewed_on
        ) as said
    from {{ ref('stg_recommendation') }}
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
    latest.number,
    latest.orientation,
    latest.title,
    latest.signals,
    latest.said_by,
    latest.reviewed_on
from latest
inner join changed on latest.record_id = changed.record_id
