-- A1, enterprise AI use as Eurostat publishes it: the current vintage of each cell of isoc_eb_ai for all activities
-- without the financial sector, by technology and size class. All of it in NACE Rev. 2: cells of Rev. 2.1 are another
-- series, which needs a break declared in the catalogue before it may follow.
with cell as (
    select
        *,
        json_extract_string(dimensions, '$.geo') as geo,
        json_extract_string(dimensions, '$.indic_is') as indic_is,
        json_extract_string(dimensions, '$.size_emp') as size_emp
    from {{ ref('core_observation_vintage') }}
    where
        lower(dataset_id) = 'isoc_eb_ai'
        and unit = 'PC_ENT'
        and known_to is null
        and nace_version <> '2.1'
        and json_extract_string(dimensions, '$.indic_is') like 'E\_AI\_T%' escape '\'
        and coalesce(json_extract_string(dimensions, '$.nace_r2'), 'C10-S951_X_K') = 'C10-S951_X_K'
        and coalesce(json_extract_string(dimensions, '$.freq'), 'A') = 'A'
)

select
    'A1' as indicator_code,
    cell.geo,
    cell.time_period as period,
    case
        when cell.indic_is = 'E_AI_TANY' and cell.size_emp = 'GE10' then {{ dims({}) }}
        when cell.indic_is = 'E_AI_TANY' then {{ dims({'size_emp': 'cell.size_emp'}) }}
        when cell.size_emp = 'GE10' then {{ dims({'indic_is': 'cell.indic_is'}) }}
        else {{ dims({'indic_is': 'cell.indic_is', 'size_emp': 'cell.size_emp'}) }}
    end as dimensions,
    'published' as measure,
    cell.value,
    cast(null as bigint) as n,
    cast(null as bigint) as k,
    cast(null as bigint) as employers,
    cast(null as double) as square_sum,
    cast(null as double) as size_sum,
    cast(null as double) as top_1,
    cast(null as double) as top_2,
    cell.unit,
    {{ flags_of('cell.obs_status') }} as flags,
    cell.known_from,
    cell.is_sample,
    cell.record_id,
    cell.capture_id,
    cell.source_id
from cell
inner join {{ ref('stg_source') }} as publisher on cell.source_id = publisher.source_id
where publisher.redistribute
