-- All vintages of official statistics whose licence lets us pass them on.
select
    vintage.dataset_id,
    vintage.series_key,
    {{ as_map('vintage.dimensions') }} as dimensions,
    {{ as_map('vintage.dimension_labels') }} as dimension_labels,
    {{ as_map('vintage.attributes') }} as attributes,
    vintage.time_period,
    vintage.value,
    vintage.unit,
    vintage.unit_multiplier,
    vintage.nace_version,
    vintage.obs_status,
    vintage.flags_published,
    vintage.universe,
    vintage.published_at,
    vintage.known_from,
    vintage.known_to,
    vintage.capture_id,
    vintage.locator,
    vintage.record_id,
    vintage.source_id,
    vintage.is_sample
from {{ ref('core_observation_vintage') }} as vintage
inner join {{ ref('stg_source') }} as publisher on vintage.source_id = publisher.source_id
where publisher.redistribute
