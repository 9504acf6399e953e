-- Notices of public procurement by buyers in Luxembourg, in each version, of publishers whose licence lets us pass them
-- on. Winners are a number and their countries: some names are persons'.
select
    notice.notice_id,
    notice.publication_number,
    notice.notice_version,
    notice.is_latest,
    notice.procedure_id,
    notice.form,
    notice.notice_type,
    notice.title,
    notice.language_declared,
    notice.published_on,
    notice.dispatched_on,
    notice.deadline_on,
    notice.buyers,
    notice.buyer_countries,
    notice.places,
    notice.cpv_codes,
    notice.procedure_type,
    notice.lots,
    notice.estimated_value,
    notice.awarded_value,
    notice.currency,
    notice.winners_total,
    notice.winner_countries,
    notice.page_url,
    notice.is_ai_text,
    notice.ai_class,
    notice.known_from,
    notice.record_id,
    notice.capture_id,
    notice.locator,
    notice.source_id,
    notice.is_sample
from {{ ref('core_tender') }} as notice
inner join {{ ref('stg_source') }} as publisher on notice.source_id = publisher.source_id
where publisher.redistribute
