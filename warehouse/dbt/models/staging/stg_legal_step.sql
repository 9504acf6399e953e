-- One row for each step of a bill or a law at each crawl that read it.
with reading as (
    {{ readings_of(source('raw', 'legal_step'), "''") }}
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
    dossier_id,
    step_id,
    stage,
    stage_published,
    title,
    language_declared,
    document_type,
    happened_on,
    body,
    act_id,
    page_url,
    document_url,
    updated_at,
    text_sha256,
    text_length
from reading
