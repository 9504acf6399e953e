-- Restricted: the phrases that a posting's classification rests on.
with posting as (
    select
        record_id,
        text_sha256
    from {{ ref('core_posting') }}
),

span as (
    select
        posting.record_id,
        unnest(json_extract(classified.evidence, '$[*]')) as item
    from posting
    inner join {{ ref('stg_classified') }} as classified on posting.text_sha256 = classified.text_sha256
)

select distinct
    record_id,
    json_extract_string(item, '$.concept') as concept_id,
    json_extract_string(item, '$.text') as phrase,
    cast(json_extract_string(item, '$.start') as integer) as start_at,
    cast(json_extract_string(item, '$.end') as integer) as end_at,
    json_extract_string(item, '$.part') as part
from span
