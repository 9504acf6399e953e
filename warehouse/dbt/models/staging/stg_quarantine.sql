-- One row for each refused input at each crawl; sample rows leave with the sample rows of their kind.
with genuine as (
    select 'job_posting' as record_kind
    from {{ source('raw', 'job_posting') }}
    where not is_sample
    union
    select 'observation' as record_kind
    from {{ source('raw', 'observation') }}
    where not is_sample
    union
    select 'research_output' as record_kind
    from {{ source('raw', 'research_output') }}
    where not is_sample
    union
    select 'funding_event' as record_kind
    from {{ source('raw', 'funding_event') }}
    where not is_sample
    union
    select 'announcement' as record_kind
    from {{ source('raw', 'announcement') }}
    where not is_sample
    union
    select 'catalogue_entry' as record_kind
    from {{ source('raw', 'catalogue_entry') }}
    where not is_sample
    union
    select 'code_label' as record_kind
    from {{ source('raw', 'code_label') }}
    where not is_sample
    union
    select 'actor' as record_kind
    from {{ source('raw', 'actor') }}
    where not is_sample
    union
    select 'initiative' as record_kind
    from {{ source('raw', 'initiative') }}
    where not is_sample
    union
    select 'recommendation' as record_kind
    from {{ source('raw', 'recommendation') }}
    where not is_sample
    union
    select 'funding_claim' as record_kind
    from {{ source('raw', 'funding_claim') }}
    where not is_sample
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
