-- Which openings each skill of T5 counts. Denominators: AI openings (practitioner, user, governance) of covered
-- quarters; numerators: those of them that name the skill.
with opening as (
    select * from {{ ref('core_opening') }}
    where is_covered and is_ai
),

member as (
    select
        opening_id,
        {{ dims({}) }} as dimensions,
        {{ dims({}) }} as base_dimensions,
        'denominator' as role
    from opening
    union all
    select
        named.opening_id,
        {{ dims({'skill': 'named.skill'}) }} as dimensions,
        {{ dims({}) }} as base_dimensions,
        'numerator' as role
    from (
        select distinct
            opening_id,
            unnest(skills) as skill
        from opening
    ) as named
)

{{ opening_lineage('T5') }}
