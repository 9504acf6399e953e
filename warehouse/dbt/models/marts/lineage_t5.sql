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

select
    'T5' as indicator_code,
    'LU' as geo,
    {{ quarter_label('opening.quarter_index') }} as period,
    opening.quarter_index,
    member.dimensions,
    member.base_dimensions,
    member.role,
    opening.opening_id as record_id,
    opening.capture_id,
    opening.source_id,
    opening.employer_key,
    opening.nace_section,
    opening.known_from,
    opening.is_sample
from member
inner join opening on member.opening_id = opening.opening_id
