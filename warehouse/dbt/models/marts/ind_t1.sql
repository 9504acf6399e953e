-- T1, AI share of new openings: counts by quarter and over four quarters, in total, by section, and by class of AI.
with member as (
    select * from {{ ref('lineage_t1') }}
),

cell as (
    select distinct
        base_dimensions,
        base_dimensions as dimensions
    from member
    union
    select
        {{ dims({}) }} as base_dimensions,
        {{ dims({'ai_class': 'series.ai_class'}) }} as dimensions
    from (select unnest(['user', 'governance', 'mention']) as ai_class) as series
),

{{ share_counts('T1', 'member', 'cell', [1, 4]) }}
