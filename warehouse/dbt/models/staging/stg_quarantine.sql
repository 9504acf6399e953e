-- One row for each refused input at each crawl; sample rows leave with the sample rows of their kind.
with genuine as (
    {% for kind in var('record_kinds') -%}
    select '{{ kind }}' as record_kind
    from {{ source('raw', kind) }}
    where not is_sample
    {% if not loop.last %}union{% endif %}
    {% endfor %}
),

quarantine as (
    select * from {{ source('raw', 'quarantine') }}
),

registry as (
    select * from {{ source('raw', 'source') }}
)

select
    quarantine.source_id,
    quarantine.crawl_id,
    quarantine.capture_id,
    quarantine.url,
    quarantine.retrieved_at,
    quarantine.is_sample,
    quarantine.record_kind,
    quarantine.record_id,
    quarantine.locator,
    quarantine.reason,
    quarantine.detail
from quarantine
left join registry on quarantine.source_id = registry.source_id
left join genuine
    on genuine.record_kind = case
        when quarantine.record_kind = 'capture' then registry.record_kind else quarantine.record_kind
    end
where not (quarantine.is_sample and genuine.record_kind is not null)
