-- T5, shares of AI openings that name a skill, over four quarters; its breadth is counted in ind_t5_breadth.
with member as (
    select * from {{ ref('lineage_t5') }}
),

cell as (
    select distinct
        base_dimensions,
        dimensions
    from member
    where role = 'numerator'
),

{{ share_counts('T5', 'member', 'cell', [4]) }}
