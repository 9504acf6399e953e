{#
  Counts of an indicator that is a share of openings, one row a cell and window, counted from its lineage rows.

  members   relation or CTE: quarter_index, dimensions, base_dimensions, role (denominator | numerator), record_id,
            employer_key, known_from, is_sample. A denominator row has dimensions equal to base_dimensions.
  cells     CTE: base_dimensions, dimensions: every cell that is published even when nothing falls into it.
  windows   widths in quarters; a width above one says so in the dimensions unless the indicator has only that one.

  n, k       openings in the base and in the cell; employers: distinct ones in the base
  square_sum sum over employers of (k_e - k/n * n_e)^2, what the clustering by employer is estimated from
  size_sum   sum over employers of n_e^2, how unequal they are
  top_1, top_2  the share of k that the largest, and the two largest, employers hold (dominance)
#}
{% macro share_counts(indicator_code, members, cells, windows) %}
spread as (
    select
        frame.quarters,
        frame.end_index,
        member.dimensions,
        member.base_dimensions,
        member.role,
        member.employer_key,
        count(*) as openings,
        max(member.known_from) as known_from,
        bool_or(member.is_sample) as is_sample
    from {{ ref('core_window') }} as frame
    inner join {{ members }} as member
        on member.quarter_index between frame.start_index and frame.end_index
    where frame.quarters in ({{ windows | join(', ') }})
    group by all
),

base as (
    select * from spread
    where role = 'denominator'
),

base_total as (
    select
        quarters,
        end_index,
        base_dimensions,
        sum(openings) as n,
        count(*) as employers,
        sum(openings * openings) as size_sum,
        max(known_from) as known_from,
        bool_or(is_sample) as is_sample
    from base
    group by all
),

hit as (
    select * from spread
    where role = 'numerator'
),

hit_ranked as (
    select
        *,
        row_number() over (
            partition by quarters, end_index, dimensions
            order by openings desc, employer_key
        ) as place
    from hit
),

hit_total as (
    select
        quarters,
        end_index,
        dimensions,
        sum(openings) as k,
        max(openings) / sum(openings) as top_1,
        sum(openings) filter (where place <= 2) / sum(openings) as top_2
    from hit_ranked
    group by all
),

counted as (
    select
        base_total.quarters,
        base_total.end_index,
        cell.dimensions,
        cell.base_dimensions,
        base_total.n,
        base_total.employers,
        base_total.size_sum,
        base_total.known_from,
        base_total.is_sample,
        coalesce(hit_total.k, 0) as k,
        hit_total.top_1,
        hit_total.top_2
    from base_total
    inner join {{ cells }} as cell on base_total.base_dimensions = cell.base_dimensions
    left join hit_total
        on
            base_total.quarters = hit_total.quarters
            and base_total.end_index = hit_total.end_index
            and cell.dimensions = hit_total.dimensions
),

deviation as (
    select
        counted.quarters,
        counted.end_index,
        counted.dimensions,
        -- Added in one fixed order: floating sums depend on it.
        sum(
            power(coalesce(hit.openings, 0) - counted.k / counted.n * base.openings, 2)
            order by base.employer_key
        ) as square_sum
    from counted
    inner join base
        on
            counted.quarters = base.quarters
            and counted.end_index = base.end_index
            and counted.base_dimensions = base.base_dimensions
    left join hit
        on
            counted.quarters = hit.quarters
            and counted.end_index = hit.end_index
            and counted.dimensions = hit.dimensions
            and base.employer_key = hit.employer_key
    group by all
)

select
    '{{ indicator_code }}' as indicator_code,
    'LU' as geo,
    {{ quarter_label('counted.end_index') }} as period,
    {% if windows | length > 1 -%}
    case
        when counted.quarters > 1
            then cast(json_merge_patch(
                counted.dimensions, json_object('window', cast(counted.quarters as varchar) || 'q')
            ) as varchar)
        else counted.dimensions
    end as dimensions,
    {%- else -%}
    counted.dimensions,
    {%- endif %}
    'share' as measure,
    cast(null as double) as value,
    cast(counted.n as bigint) as n,
    cast(counted.k as bigint) as k,
    cast(counted.employers as bigint) as employers,
    cast(deviation.square_sum as double) as square_sum,
    cast(counted.size_sum as double) as size_sum,
    cast(counted.top_1 as double) as top_1,
    cast(counted.top_2 as double) as top_2,
    'share' as unit,
    '' as flags,
    greatest(counted.known_from, frame.completed_at) as known_from,
    counted.is_sample
from counted
inner join deviation
    on
        counted.quarters = deviation.quarters
        and counted.end_index = deviation.end_index
        and counted.dimensions = deviation.dimensions
inner join {{ ref('core_window') }} as frame
    on
        counted.quarters = frame.quarters
        and counted.end_index = frame.end_index
{% endmacro %}
