-- No series of an indicator rests on cells of two versions of NACE: the same letter or group means other enterprises in
-- Rev. 2 and in Rev. 2.1. A series that changes over becomes another indicator cell, with a break.
with cited as (
    select
        indicator_code,
        geo,
        dimensions,
        record_id,
        capture_id
    from {{ ref('lineage_a1') }}
),

cell as (
    select
        record_id,
        capture_id,
        nace_version
    from {{ ref('core_observation_vintage') }}
    where nace_version <> ''
)

select
    cited.indicator_code,
    cited.geo,
    cited.dimensions,
    count(distinct cell.nace_version) as versions
from cited
inner join cell
    on
        cited.record_id = cell.record_id
        and cited.capture_id = cell.capture_id
group by cited.indicator_code, cited.geo, cited.dimensions
having count(distinct cell.nace_version) > 1
