-- One row for each step of a bill or a law, as it was last read. A step that a later whole reading of its dossier does
-- not hold any more is gone.
with reading as (
    select
        *,
        hash(stage, stage_published, title, text_sha256, happened_on, body, act_id, document_url, document_type) as said
    from {{ ref('stg_legal_step') }}
    qualify row_number() over (
        partition by record_id, crawl_id
        order by retrieved_at desc, capture_id desc
    ) = 1
),

changed as (
    {{ known_since('reading') }}
),

latest as (
    {{ last_readings('reading', 'reading', 'dossier_id') }}
)

select
    latest.record_id,
    latest.source_id,
    changed.capture_id,
    changed.locator,
    changed.known_from,
    latest.is_sample,
    latest.dossier_id,
    latest.step_id,
    latest.stage,
    latest.stage_published,
    latest.title,
    latest.language_declared,
    latest.document_type,
    latest.happened_on,
    latest.body,
    latest.act_id,
    latest.page_url,
    latest.document_url,
    latest.updated_at,
    classified.is_ai as is_ai_text,
    classified.ai_class,
    classified.model_version,
    latest.text_sha256
from latest
inner join changed on latest.record_id = changed.record_id
left join {{ ref('stg_classified_text') }} as classified
    on
        latest.text_sha256 = classified.text_sha256
        and classified.record_kind = 'legal_step'
