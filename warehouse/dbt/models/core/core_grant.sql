-- One row for each participation from Luxembourg in a funded project, as it was last read. A participation that a later
-- whole reading of its programme does not hold any more is gone. A project is about AI if the register's own subject
-- tree files it there; what our classifier reads in its title and objective stands beside it.
with reading as (
    select
        *,
        coalesce(net_contribution, contribution) as net,
        coalesce(signed_on, starts_on) as dated_on,
        length(list_filter(
            topic_codes, lambda code: regexp_matches(code, '{{ var("ai_topic_paths") }}')
        )) > 0 as is_ai,
        hash(
            net, dated_on, is_ai, role, status, ends_on, title, organisation, activity_type, contribution,
            project_contribution, total_cost, text_sha256
        ) as said
    from {{ ref('stg_funding_event') }}
    where country = 'LU'
    qualify row_number() over (
        partition by record_id, crawl_id
        order by retrieved_at desc, capture_id desc
    ) = 1
),

changed as (
    {{ known_since('reading') }}
),

latest as (
    {{ last_readings('reading', ref('stg_funding_event'), 'programme') }}
)

select
    latest.record_id,
    latest.source_id,
    changed.capture_id,
    changed.locator,
    changed.known_from,
    latest.is_sample,
    latest.programme,
    latest.project_id,
    latest.acronym,
    latest.title,
    latest.status,
    latest.signed_on,
    latest.starts_on,
    latest.ends_on,
    cast(extract(year from latest.dated_on) as integer) as year,
    latest.organisation_id,
    latest.organisation,
    latest.activity_type,
    latest.role,
    lower(latest.role) = 'coordinator' as is_coordinator,
    latest.contribution,
    latest.net_contribution,
    latest.net,
    latest.project_contribution,
    latest.total_cost,
    latest.currency,
    coalesce(latest.is_ai, false) as is_ai,
    case when length(latest.topic_codes) > 0 then latest.is_ai end as is_ai_esv,
    classified.is_ai as is_ai_text,
    classified.model_version,
    latest.text_sha256
from latest
inner join changed on latest.record_id = changed.record_id
left join {{ ref('stg_classified_text') }} as classified
    on
        latest.text_sha256 = classified.text_sha256
        and classified.record_kind = 'funding_event'
