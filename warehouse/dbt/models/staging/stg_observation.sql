-- One row for each cell of official statistics at each crawl that read it.
with observation as (
    {{ in_force(source('raw', 'observation'), 'record.dataset_id') }}
)

select
    record_id,
    source_id,
    crawl_id,
    capture_id,
    url,
    retrieved_at,
    is_sample,
    locator,
    dataset_id,
    series_key,
    dimensions,
    dimension_labels,
    attributes,
    time_period,
    value,
    unit,
    coalesce(unit_multiplier, 0) as unit_multiplier,
    coalesce(nace_version, '') as nace_version,
    obs_status,
    flags_published,
    universe,
    published_at
from observation
