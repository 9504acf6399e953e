-- The source registry.
select
    source_id,
    title,
    publisher,
    url_main,
    record_kind,
    licence_name,
    licence_url,
    attribution,
    redistribute,
    access,
    personal_data,
    fresh_within_hours
from {{ source('raw', 'source') }}
