-- Recommendations, of lists whose licence lets them be passed on.
select
    listed.number,
    listed.orientation,
    listed.title['en'] as title_en,
    listed.title['fr'] as title_fr,
    listed.title['de'] as title_de,
    listed.title['lb'] as title_lb,
    listed.signals,
    listed.said_by,
    listed.reviewed_on,
    listed.known_from,
    listed.record_id,
    listed.capture_id,
    listed.locator,
    listed.source_id,
    listed.is_sample
from {{ ref('core_recommendation') }} as listed
inner join {{ ref('stg_source') }} as publisher on listed.source_id = publisher.source_id
where publisher.redistribute
