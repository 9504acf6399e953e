-- Restricted: the phrases that a classification rests on: of a posting, a work, a project, an announcement, a notice of
-- procurement, a call, a legal step or a course.
with reading as (
    select
        text_sha256,
        'job_posting' as record_kind,
        evidence
    from {{ ref('stg_classified') }}
    union all
    select
        text_sha256,
        record_kind,
        evidence
    from {{ ref('stg_classified_text') }}
),

record as (
    select
        record_id,
        text_sha256,
        'job_posting' as record_kind
    from {{ ref('core_posting') }}
    union all
    select
        record_id,
        text_sha256,
        'research_output' as record_kind
    from {{ ref('core_work') }}
    union all
    select
        record_id,
        text_sha256,
        'funding_event' as record_kind
    from {{ ref('core_grant') }}
    union all
    select
        record_id,
        text_sha256,
        'announcement' as record_kind
    from {{ ref('core_announcement') }}
    union all
    select
        record_id,
        text_sha256,
        'tender' as record_kind
    from {{ ref('core_tender') }}
    union all
    select
        record_id,
        text_sha256,
        'funding_call' as record_kind
    from {{ ref('core_funding_call') }}
    union all
    select
        record_id,
        text_sha256,
        'legal_step' as record_kind
    from {{ ref('core_legal_step') }}
    union all
    select
        record_id,
        text_sha256,
        'course' as record_kind
    from {{ ref('core_course') }}
),

span as (
    select
        record.record_id,
        unnest(json_extract(reading.evidence, '$[*]')) as item
    from record
    inner join reading
        on
            record.text_sha256 = reading.text_sha256
            and record.record_kind = reading.record_kind
)

select distinct
    record_id,
    json_extract_string(item, '$.concept') as concept_id,
    json_extract_string(item, '$.text') as phrase,
    cast(json_extract_string(item, '$.start') as integer) as start_at,
    cast(json_extract_string(item, '$.end') as integer) as end_at,
    json_extract_string(item, '$.part') as part
from span
