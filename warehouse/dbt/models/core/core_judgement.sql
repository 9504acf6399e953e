-- What each definition of AI says of each work that counts and each project, one row an item and definition that can
-- judge it. Definitions stand side by side; no item is AI by all of them taken together.
{% set of_works = {
    'own-text': 'is_ai_text',
    'openalex-topics': 'is_ai_topics',
    'openalex-topics-1702': 'is_ai_topics_narrow',
    'oecd-concepts': 'is_ai_concepts',
    'arxiv-cats': 'is_ai_arxiv',
} -%}
{% set of_projects = {'own-text': 'is_ai_text', 'cordis-esv': 'is_ai_esv'} -%}
with work as (
    select * from {{ ref('core_work') }}
    where is_counted
),

project as (
    select
        programme || ' ' || project_id as project_key,
        min(year) as year,
        bool_or(is_ai_text) as is_ai_text,
        bool_or(is_ai_esv) as is_ai_esv,
        max(known_from) as known_from,
        bool_or(is_sample) as is_sample
    from {{ ref('core_grant') }}
    group by programme, project_id
),

judged as (
    {% for definition, flag in of_works.items() -%}
    select
        'work' as unit,
        record_id as item,
        cast(publication_year as varchar) as year,
        '{{ definition }}' as definition,
        {{ flag }} as is_ai,
        lu_share as weight,
        known_from,
        is_sample
    from work
    where {{ flag }} is not null
    union all
    {% endfor -%}
    {% for definition, flag in of_projects.items() -%}
    select
        'project' as unit,
        project_key as item,
        cast(year as varchar) as year,
        '{{ definition }}' as definition,
        {{ flag }} as is_ai,
        cast(null as double) as weight,
        known_from,
        is_sample
    from project
    where {{ flag }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor -%}
)

select
    unit,
    item,
    year,
    definition,
    is_ai,
    weight,
    known_from,
    is_sample
from judged
