-- The sources with what they gave: when they were last asked, when they last had something new, records and rejects.
with asked as (
    select
        source_id,
        max(finished_at) as last_checked_at,
        max(finished_at) filter (where new_captures > 0) as last_changed_at
    from {{ ref('stg_crawl') }}
    group by source_id
),

given as (
    select
        source_id,
        cast(count(distinct record_id) as bigint) as records,
        bool_or(is_sample) as is_sample
    from (
        {% for kind in var('record_kinds') -%}
        select
            source_id,
            record_id,
            is_sample
        from {{ ref('stg_' ~ kind) }}
        {% if not loop.last %}union all{% endif %}
        {% endfor %}
    ) as record
    group by source_id
),

refused as (
    select
        source_id,
        cast(sum(n) as bigint) as rejects
    from {{ ref('mart_quarantine') }}
    group by source_id
)

select
    registry.source_id,
    registry.title,
    registry.publisher,
    registry.url_main,
    registry.record_kind,
    registry.format,
    registry.format_verified,
    registry.evidence,
    registry.disabled,
    registry.licence_name,
    registry.licence_url,
    registry.attribution,
    registry.redistribute,
    registry.access,
    registry.access_note,
    registry.terms_url,
    registry.terms_note,
    registry.personal_data,
    registry.universe,
    registry.watch_every_minutes,
    asked.last_checked_at,
    asked.last_changed_at,
    registry.fresh_within_hours,
    registry.reads,
    coalesce(given.records, 0) as records,
    coalesce(refused.rejects, 0) as rejects,
    coalesce(given.is_sample, false) as is_sample
from {{ ref('stg_source') }} as registry
left join asked on registry.source_id = asked.source_id
left join given on registry.source_id = given.source_id
left join refused on registry.source_id = refused.source_id
