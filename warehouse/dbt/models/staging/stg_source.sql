-- The source registry.
select
    source_id,
    title,
    publisher,
    url_main,
    record_kind,
    format,
    format_verified,
    evidence,
    disabled,
    licence_name,
    licence_url,
    attribution,
    redistribute,
    access,
    access_note,
    terms_url,
    terms_note,
    personal_data,
    universe,
    watch_every_minutes,
    fresh_within_hours
from {{ source('raw', 'source') }}
