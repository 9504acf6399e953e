-- Trainings on offer, of providers whose licence lets us pass them on: entries of catalogues, not seats.
select
    training.course_id,
    training.provider,
    training.title,
    training.language_declared,
    training.languages,
    training.level,
    training.mode,
    training.starts_on,
    training.ends_on,
    training.hours,
    training.price,
    training.currency,
    training.places,
    training.page_url,
    training.is_listed,
    training.is_ai_text,
    training.ai_class,
    training.known_from,
    training.record_id,
    training.capture_id,
    training.locator,
    training.source_id,
    training.is_sample
from {{ ref('core_course') }} as training
inner join {{ ref('stg_source') }} as publisher on training.source_id = publisher.source_id
where publisher.redistribute
