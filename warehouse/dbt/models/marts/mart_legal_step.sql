-- Bills and laws step by step, in the order of each dossier, of publishers whose licence lets us pass them on. Steps of
-- one day, or without one, stand in the order in which a law is made.
{% set stages = [
    'filed', 'opinion', 'amended', 'reported', 'first_vote', 'second_vote', 'signed', 'published', 'in_force',
    'repealed', 'withdrawn', 'other'
] %}
with step as (
    select
        told.*,
        row_number() over (
            partition by told.dossier_id
            order by
                told.happened_on nulls last, list_position({{ stages }}, told.stage), told.step_id, told.record_id
        ) as step_number
    from {{ ref('core_legal_step') }} as told
    inner join {{ ref('stg_source') }} as publisher on told.source_id = publisher.source_id
    where publisher.redistribute
),

dossier as (
    select
        dossier_id,
        count(*) as steps,
        arg_min(title, step_number) filter (where title <> '') as title,
        bool_or(is_ai_text) as is_ai
    from step
    group by dossier_id
)

select
    step.dossier_id,
    step.step_id,
    step.step_number,
    dossier.steps,
    step.step_number = dossier.steps as is_last_step,
    step.stage,
    step.stage_published,
    step.title,
    coalesce(dossier.title, '') as dossier_title,
    step.language_declared,
    step.document_type,
    step.happened_on,
    step.body,
    step.act_id,
    step.page_url,
    step.document_url,
    step.updated_at,
    step.is_ai_text,
    step.ai_class,
    dossier.is_ai as dossier_is_ai,
    step.known_from,
    step.record_id,
    step.capture_id,
    step.locator,
    step.source_id,
    step.is_sample
from step
inner join dossier on step.dossier_id = dossier.dossier_id
