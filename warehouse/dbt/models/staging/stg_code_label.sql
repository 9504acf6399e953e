-- One row for each code of a publisher's code list at each crawl that read it.
with reading as (
    {{ readings_of(source('raw', 'code_label'), "''") }}
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
    codelist_id,
    agency,
    version,
    code,
    parent_code,
    labels
from reading
