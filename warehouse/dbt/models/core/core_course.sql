-- One row for each training that a provider's catalogue listed, as it was last read: an entry, not a seat. One that a
-- later whole reading does not list any more stays, as not listed.
with reading as (
    select
        *,
        hash(
            title, text_sha256, languages, level, mode, starts_on, ends_on, hours, price, currency, places, provider
        ) as said
    from {{ ref('stg_course') }}
    qualify row_number() over (
        partition by record_id, crawl_id
        order by retrieved_at desc, capture_id desc
    ) = 1
),

changed as (
    {{ known_since('reading') }}
),

latest as (
    {{ kept_readings('reading', 'reading', 'provider') }}
)

select
    latest.record_id,
    latest.source_id,
    changed.capture_id,
    changed.locator,
    changed.known_from,
    latest.is_sample,
    latest.course_id,
    latest.provider,
    latest.title,
    latest.language_declared,
    latest.languages,
    latest.level,
    latest.mode,
    latest.starts_on,
    latest.ends_on,
    latest.hours,
    latest.price,
    latest.currency,
    latest.places,
    latest.page_url,
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
        and classified.record_kind = 'course'
