-- One row for each call for proposals, as it was last read. A call that a later whole reading of its programme does not
-- list any more stays, as not listed. What a call offers is not money given.
with reading as (
    select
        *,
        hash(
            title, status, text_sha256, opens_on, deadlines, budget_min, budget_max, budget_total, currency,
            grants_expected, programme, parent_id
        ) as said
    from {{ ref('stg_funding_call') }}
    qualify row_number() over (
        partition by record_id, crawl_id
        order by retrieved_at desc, capture_id desc
    ) = 1
),

changed as (
    {{ known_since('reading') }}
),

latest as (
    {{ kept_readings('reading', 'reading', 'programme') }}
)

select
    latest.record_id,
    latest.source_id,
    changed.capture_id,
    changed.locator,
    changed.known_from,
    latest.is_sample,
    latest.call_id,
    latest.parent_id,
    latest.programme,
    latest.title,
    latest.language_declared,
    latest.status,
    latest.action_type,
    latest.opens_on,
    latest.deadlines,
    latest.budget_min,
    latest.budget_max,
    latest.budget_total,
    latest.currency,
    latest.grants_expected,
    latest.keywords,
    latest.page_url,
    latest.updated_at,
    try_cast(latest.deadlines[1] as date) as first_deadline_on,
    try_cast(latest.deadlines[-1] as date) as last_deadline_on,
    classified.is_ai as is_ai_text,
    classified.ai_class,
    classified.model_version,
    latest.text_sha256,
    latest.is_listed
from latest
inner join changed on latest.record_id = changed.record_id
left join {{ ref('stg_classified_text') }} as classified
    on
        latest.text_sha256 = classified.text_sha256
        and classified.record_kind = 'funding_call'
