-- All vintages of official statistics whose licence lets us pass them on.
select
    vintage.dataset_id,
    vintage.series_key,
    {{ as_map('vintage.dimensions') }} as dimensions,
    vintage.time_period,
    vintage.value,
    vintage.unit,
    vintage.obs_status,
    vintage.universe,
    vintage.published_at,
    vintage.known_from,
    vintage.known_to,
    vintage.capture_id,
    vintage.record_id,
    vintage.source_id,
    vintage.is_sample
from {{ ref('core_observation_vintage') }} as vintage
inner join {{ ref('stg_source') }} as publisher on vintage.source_id = publisher.source_id
where publisher.redistribute
