-- A vintage ends when the next begins, and never before it began; at most one of a cell is current.
with stepped as (
    select
        record_id,
        known_from,
        known_to,
        lead(known_from) over (
            partition by source_id, dataset_id, series_key, time_period
            order by known_from
        ) as next_from
    from {{ ref('core_observation_vintage') }}
)

select record_id
from stepped
where
    known_to <= known_from
    or known_to is null and next_from is not null
    or known_to > next_from
