-- Windows to count over: each covered quarter alone, and with the three before it where all four are covered.
with covered as (
    select
        quarter_index,
        max(completed_at) as completed_at
    from {{ ref('core_board_quarter') }}
    group by quarter_index
),

width as (
    select unnest([1, 4]) as quarters
)

select
    width.quarters,
    covered.quarter_index as end_index,
    cast(covered.quarter_index - width.quarters + 1 as integer) as start_index,
    {{ quarter_label('covered.quarter_index') }} as period,
    max(part.completed_at) as completed_at
from covered
cross join width
inner join covered as part
    on part.quarter_index between covered.quarter_index - width.quarters + 1 and covered.quarter_index
group by all
having count(*) = width.quarters
