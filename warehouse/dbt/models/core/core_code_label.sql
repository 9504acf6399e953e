-- One row for each code of each published code list with its names, as it was last read; a code that a later whole
-- reading of its list does not hold any more is gone. Versions of a list stand
-- side by side: a figure names its codes by the version it was published under.
with reading as (
    select
        *,
        hash(parent_code, labels) as said
    from {{ ref('stg_code_label') }}
    qualify row_number() over (
        partition by record_id, crawl_id
        order by retrieved_at desc, capture_id desc
    ) = 1
),

changed as (
    {{ known_since('reading') }}
),

latest as (
    {{ last_readings('reading', ref('stg_code_label'), 'codelist_id') }}
)

select
    latest.record_id,
    latest.source_id,
    changed.capture_id,
    changed.locator,
    changed.known_from,
    latest.is_sample,
    latest.codelist_id,
    latest.agency,
    latest.version,
    latest.code,
    latest.parent_code,
    cast(to_json(latest.labels) as varchar) as labels
from latest
inner join changed on latest.record_id = changed.record_id
