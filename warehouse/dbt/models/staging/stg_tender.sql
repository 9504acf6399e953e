-- One row for each notice of public procurement at each crawl that read it.
with reading as (
    {{ readings_of(source('raw', 'tender'), "''") }}
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
    notice_id,
    publication_number,
    notice_version,
    procedure_id,
    form,
    notice_type,
    title,
    language_declared,
    published_on,
    dispatched_on,
    deadline_on,
    buyers,
    buyer_countries,
    is_luxembourg,
    places,
    cpv_codes,
    procedure_type,
    lots,
    estimated_value,
    awarded_value,
    currency,
    winners,
    winner_countries,
    page_url,
    text_sha256,
    text_length
from reading
