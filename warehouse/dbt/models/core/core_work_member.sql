-- Which work each record belongs to. A published DOI names its work: records of two such DOIs are never one. A record
-- without one goes to the work of a DOI that it can reach over shared keys, over strong ones first; what reaches none
-- belongs together with all that it reaches, named by the smallest record id. Names are handed on a fixed number of
-- steps, more than real chains have; a test finds any that would need more.
with start as (
    select
        record_id,
        key,
        is_strong,
        published_doi as anchor,
        record_id as label
    from {{ ref('core_work_key') }}
),

{% for step in range(7) %}
anchored_{{ step }} as (
    select
        record_id,
        key,
        is_strong,
        coalesce(
            anchor,
            min(near) filter (where is_strong) over (partition by record_id)
            {%- if step >= 3 %}, min(near) over (partition by record_id){% endif %}
        ) as anchor,
        label
    from (
        select
            *,
            min(anchor) over (partition by key) as near
        from {{ 'anchored_' ~ (step - 1) if step else 'start' }}
    ) as shared
),
{% endfor %}

labelled_0 as (
    select
        record_id,
        key,
        label
    from anchored_6
    where anchor is null
),

{% for step in range(1, 9) %}
labelled_{{ step }} as (
    select
        record_id,
        key,
        min(near) over (partition by record_id) as label
    from (
        select
            *,
            min(label) over (partition by key) as near
        from labelled_{{ step - 1 }}
    ) as shared
),
{% endfor %}

named as (
    select
        record_id,
        'doi ' || min(anchor) as work_key
    from anchored_6
    where anchor is not null
    group by record_id
    union all
    select
        record_id,
        'record ' || min(label) as work_key
    from labelled_8
    group by record_id
)

select
    record_id,
    work_key
from named
