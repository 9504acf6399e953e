-- One row for each notice of public procurement by a buyer in Luxembourg, in each of its versions, as it was last read;
-- one publication counts once, whichever source brought it. A notice is a fact of its day: none goes because a later
-- reading does not hold it. Winners are counted, their names stay in the records: some are persons'.
with reading as (
    select
        *,
        hash(
            form, notice_type, title, text_sha256, published_on, deadline_on, buyers, places, cpv_codes, lots,
            estimated_value, awarded_value, currency, winners, procedure_id
        ) as said
    from {{ ref('stg_tender') }}
    where is_luxembourg
    qualify row_number() over (
        partition by record_id, crawl_id
        order by retrieved_at desc, capture_id desc
    ) = 1
),

changed as (
    {{ known_since('reading') }}
),

latest as (
    {{ kept_readings('reading', 'reading', 'source_id') }}
),

once as (
    select *
    from latest
    qualify row_number() over (
        partition by coalesce(nullif(publication_number, ''), record_id)
        order by text_length desc, crawled_at desc, record_id asc
    ) = 1
)

select
    once.record_id,
    once.source_id,
    changed.capture_id,
    changed.locator,
    changed.known_from,
    once.is_sample,
    once.notice_id,
    once.publication_number,
    once.notice_version,
    once.procedure_id,
    once.form,
    once.notice_type,
    once.title,
    once.language_declared,
    once.published_on,
    once.dispatched_on,
    once.deadline_on,
    once.buyers,
    once.buyer_countries,
    once.places,
    once.cpv_codes,
    once.procedure_type,
    once.lots,
    once.estimated_value,
    once.awarded_value,
    once.currency,
    coalesce(length(once.winners), 0) as winners_total,
    once.winner_countries,
    once.page_url,
    classified.is_ai as is_ai_text,
    classified.ai_class,
    classified.model_version,
    once.text_sha256,
    row_number() over (
        partition by once.notice_id
        order by
            try_cast(once.notice_version as integer) desc nulls last, once.published_on desc nulls last,
            once.record_id desc
    ) = 1 as is_latest
from once
inner join changed on once.record_id = changed.record_id
left join {{ ref('stg_classified_text') }} as classified
    on
        once.text_sha256 = classified.text_sha256
        and classified.record_kind = 'tender'
