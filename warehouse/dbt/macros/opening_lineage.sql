{# The columns of lineage over openings, from the CTEs opening and member (opening_id, dimensions, base_dimensions, role). #}
{% macro opening_lineage(indicator_code) -%}
select
    '{{ indicator_code }}' as indicator_code,
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
{%- endmacro %}
