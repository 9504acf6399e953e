-- Which openings each cell of T1 counts. Denominators: all openings of covered quarters, in total and by section;
-- numerators: practitioner openings in the same cells, and each other class of AI as a series of its own.
with opening as (
    select * from {{ ref('core_opening') }}
    where is_covered
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
        opening_id,
        {{ dims({'nace_section': 'nace_section'}) }} as dimensions,
        {{ dims({'nace_section': 'nace_section'}) }} as base_dimensions,
        'denominator' as role
    from opening
    union all
    select
        opening_id,
        {{ dims({}) }} as dimensions,
        {{ dims({}) }} as base_dimensions,
        'numerator' as role
    from opening
    where ai_class = 'practitioner'
    union all
    select
        opening_id,
        {{ dims({'nace_section': 'nace_section'}) }} as dimensions,
        {{ dims({'nace_section': 'nace_section'}) }} as base_dimensions,
        'numerator' as role
    from opening
    where ai_class = 'practitioner'
    union all
    select
        opening_id,
        {{ dims({'ai_class': 'ai_class'}) }} as dimensions,
        {{ dims({}) }} as base_dimensions,
        'numerator' as role
    from opening
    where ai_class in ('user', 'governance', 'mention')
)

select
    'T1' as indicator_code,
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
