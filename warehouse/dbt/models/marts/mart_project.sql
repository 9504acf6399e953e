-- Projects with participants from Luxembourg, one row a participation, of registers whose licence lets us pass them on.
select
    participation.programme,
    participation.project_id,
    participation.acronym,
    participation.title,
    participation.status,
    participation.signed_on,
    participation.starts_on,
    participation.ends_on,
    participation.organisation_id,
    participation.organisation,
    participation.activity_type,
    participation.role,
    participation.contribution,
    participation.net_contribution,
    participation.project_contribution,
    participation.total_cost,
    participation.currency,
    participation.is_ai,
    participation.is_ai_text,
    cast(min(participation.year) over (
        partition by participation.programme, participation.project_id
    ) as varchar) as period,
    participation.known_from,
    participation.record_id,
    participation.capture_id,
    participation.locator,
    participation.source_id,
    participation.is_sample
from {{ ref('core_grant') }} as participation
inner join {{ ref('stg_source') }} as publisher on participation.source_id = publisher.source_id
where publisher.redistribute
