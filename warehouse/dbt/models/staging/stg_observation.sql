-- One row for each cell of official statistics at each crawl that read it.
with observation as (
    {{ without_stand_in(source('raw', 'observation')) }}
)

select
    record_id,
    source_id,
    crawl_id,
    capture_id,
    url,
    retrieved_at,
    is_sample,
    dataset_id,
    series_key,
    dimensions,
    time_period,
    value,
    unit,
    obs_status,
    universe,
    published_at
from observation
