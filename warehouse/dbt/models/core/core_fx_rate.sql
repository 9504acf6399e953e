-- Euro reference rates of the ECB, one row a currency and day: units of the currency for one euro. A day that has left
-- the file of the last 90 days was not withdrawn; where two files tell a rate, the one that was changed last counts.
select
    vintage.source_id,
    vintage.record_id,
    vintage.capture_id,
    vintage.series_key as currency,
    try_cast(vintage.time_period as date) as day,
    vintage.value as rate,
    vintage.known_from,
    vintage.is_sample
from {{ ref('core_observation_vintage') }} as vintage
where
    vintage.dataset_id = 'eurofxref'
    and vintage.value > 0
    and try_cast(vintage.time_period as date) is not null
qualify row_number() over (
    partition by vintage.series_key, vintage.time_period
    order by vintage.known_from desc, vintage.source_id asc
) = 1
