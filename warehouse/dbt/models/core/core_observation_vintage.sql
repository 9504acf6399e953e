-- Every vintage of every published cell: a changed value or flag is a new row, the old one stays with the time until
-- which it was known. A cell that a later reading of the same address no longer holds ends there, even if it comes back
-- later with another value. A cell of NACE Rev. 2 and one of Rev. 2.1 are two cells, also under the same code.
with reading as (
    select *
    from {{ ref('stg_observation') }}
    qualify row_number() over (
        partition by source_id, dataset_id, nace_version, series_key, time_period, retrieved_at
        order by crawl_id desc, capture_id desc
    ) = 1
),

marked as (
    select
        *,
        lag(record_id) over cell is null as is_first,
        lag(value) over cell as value_before,
        lag(obs_status) over cell as status_before,
        lag(unit || ' ' || unit_multiplier) over cell as unit_before
    from reading
    window cell as (partition by source_id, dataset_id, nace_version, series_key, time_period order by retrieved_at)
),

vintage as (
    select
        *,
        lead(retrieved_at) over (
            partition by source_id, dataset_id, nace_version, series_key, time_period
            order by retrieved_at
        ) as replaced_at
    from marked
    where
        is_first
        or value is distinct from value_before
        or obs_status is distinct from status_before
        or unit || ' ' || unit_multiplier is distinct from unit_before
),

page as (
    select distinct
        source_id,
        url,
        retrieved_at
    from {{ ref('stg_observation') }}
    -- A reconstructed page holds only the cells that are evidenced, and one that brings increments what is new: what is
    -- missing there was not withdrawn.
    where
        not is_sample
        and source_id not in (
            select registry.source_id from {{ ref('stg_source') }} as registry
            where registry.reads = 'increment'
        )
),

last_reading as (
    select
        vintage.source_id,
        vintage.dataset_id,
        vintage.nace_version,
        vintage.series_key,
        vintage.time_period,
        vintage.retrieved_at as known_from,
        arg_max(reading.url, reading.retrieved_at) as url,
        max(reading.retrieved_at) as last_read_at
    from vintage
    inner join reading
        on
            vintage.source_id = reading.source_id
            and vintage.dataset_id = reading.dataset_id
            and vintage.nace_version = reading.nace_version
            and vintage.series_key = reading.series_key
            and vintage.time_period = reading.time_period
            and vintage.retrieved_at <= reading.retrieved_at
            and (vintage.replaced_at is null or vintage.replaced_at > reading.retrieved_at)
    group by all
),

withdrawn as (
    select
        last_reading.source_id,
        last_reading.dataset_id,
        last_reading.nace_version,
        last_reading.series_key,
        last_reading.time_period,
        last_reading.known_from,
        min(page.retrieved_at) as withdrawn_at
    from last_reading
    inner join page
        on
            last_reading.source_id = page.source_id
            and last_reading.url = page.url
            and last_reading.last_read_at < page.retrieved_at
    group by all
)

select
    vintage.record_id,
    vintage.source_id,
    vintage.dataset_id,
    vintage.series_key,
    cast(to_json(vintage.dimensions) as varchar) as dimensions,
    cast(to_json(vintage.dimension_labels) as varchar) as dimension_labels,
    cast(to_json(vintage.attributes) as varchar) as attributes,
    vintage.time_period,
    vintage.value,
    vintage.unit,
    vintage.unit_multiplier,
    vintage.nace_version,
    vintage.obs_status,
    vintage.flags_published,
    vintage.universe,
    vintage.published_at,
    vintage.retrieved_at as known_from,
    least(vintage.replaced_at, withdrawn.withdrawn_at) as known_to,
    vintage.capture_id,
    vintage.locator,
    vintage.is_sample
from vintage
left join withdrawn
    on
        vintage.source_id = withdrawn.source_id
        and vintage.dataset_id = withdrawn.dataset_id
        and vintage.nace_version = withdrawn.nace_version
        and vintage.series_key = withdrawn.series_key
        and vintage.time_period = withdrawn.time_period
        and vintage.retrieved_at = withdrawn.known_from
