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

{{ opening_lineage('T1') }}
