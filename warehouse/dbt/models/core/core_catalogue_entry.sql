-- One row for each entry that a publisher's catalogue lists now, as it was last read; an entry that a later whole
-- reading of its catalogue does not hold any more is gone.
with reading as (
    select
        *,
        source_id as catalogue,
        hash(title, resource_title, resource_url, media_format, version, checksum, published_at, updated_at) as said
    from {{ ref('stg_catalogue_entry') }}
    qualify row_number() over (
        partition by record_id, crawl_id
        order by retrieved_at desc, capture_id desc
    ) = 1
),

changed as (
    {{ known_since('reading') }}
),

latest as (
    {{ last_readings('reading', 'reading', 'catalogue') }}
)

select
    latest.record_id,
    latest.source_id,
    changed.capture_id,
    changed.locator,
    changed.known_from,
    latest.is_sample,
    latest.dataset_id,
    latest.resource_id,
    latest.title,
    latest.resource_title,
    latest.text,
    latest.publisher,
    latest.page_url,
    latest.resource_url,
    latest.media_format,
    latest.licence,
    latest.frequency,
    latest.keywords,
    latest.version,
    latest.checksum,
    latest.published_at,
    latest.updated_at
from latest
inner join changed on latest.record_id = changed.record_id
