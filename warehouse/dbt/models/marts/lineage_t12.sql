-- Which openings each cell of T12 counts. Denominators: AI openings, and all openings as the base to compare with;
-- numerators: those that ask for a language, for English and no other, or for none by name.
with opening as (
    select * from {{ ref('core_opening') }}
    where is_covered
),

asked as (
    select
        opening_id,
        unnest(list_distinct(languages_required)) as language
    from opening
    union all
    select
        opening_id,
        'EN_ONLY' as language
    from opening
    where list_distinct(languages_required) = ['EN']
    union all
    select
        opening_id,
        'NONE' as language
    from opening
    where coalesce(length(languages_required), 0) = 0
),

member as (
    select
        opening_id,
        {{ dims({}) }} as dimensions,
        {{ dims({}) }} as base_dimensions,
        'denominator' as role
    from opening
    where is_ai
    union all
    select
        opening_id,
        {{ dims({'base': "'all'"}) }} as dimensions,
        {{ dims({'base': "'all'"}) }} as base_dimensions,
        'denominator' as role
    from opening
    union all
    select
        opening.opening_id,
        {{ dims({'language': 'asked.language'}) }} as dimensions,
        {{ dims({}) }} as base_dimensions,
        'numerator' as role
    from opening
    inner join asked on opening.opening_id = asked.opening_id
    where opening.is_ai
    union all
    select
        asked.opening_id,
        {{ dims({'base': "'all'", 'language': 'asked.language'}) }} as dimensions,
        {{ dims({'base': "'all'"}) }} as base_dimensions,
        'numerator' as role
    from asked
)

{{ opening_lineage('T12') }}
