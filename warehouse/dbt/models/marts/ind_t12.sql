-- T12, languages asked for: shares of AI openings over four quarters, and the same shares of all openings beside them.
with member as (
    select * from {{ ref('lineage_t12') }}
),

language as (
    select unnest(['FR', 'DE', 'LB', 'EN', 'EN_ONLY', 'NONE']) as language
),

cell as (
    select
        {{ dims({}) }} as base_dimensions,
        {{ dims({'language': 'language'}) }} as dimensions
    from language
    union all
    select
        {{ dims({'base': "'all'"}) }} as base_dimensions,
        {{ dims({'base': "'all'", 'language': 'language'}) }} as dimensions
    from language
),

{{ share_counts('T12', 'member', 'cell', [4]) }}
