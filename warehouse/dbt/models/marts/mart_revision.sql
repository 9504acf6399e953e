-- The revision log: which published cell moved from what to what, and when that became known.
select
    dataset_id,
    series_key,
    dimensions,
    time_period,
    value_before as old_value,
    value as new_value,
    status_before as old_flag,
    obs_status as new_flag,
    known_before as known_from_old,
    known_from as known_from_new,
    published_at
from (
    select
        *,
        lag(value) over cell as value_before,
        lag(obs_status) over cell as status_before,
        lag(known_from) over cell as known_before
    from {{ ref('mart_observation') }}
    window cell as (partition by source_id, dataset_id, nace_version, series_key, time_period order by known_from)
) as stepped
where known_before is not null
