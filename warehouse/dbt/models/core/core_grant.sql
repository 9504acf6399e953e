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
        )) > 0 as is_ai
    from {{ ref('stg_funding_event') }}
    where country = 'LU'
    qualify row_number() over (
        partition by record_id, crawl_id
        order by retrieved_at desc, capture_id desc
    ) = 1
),

marked as (
    select
        *,
        hash(
            net, dated_on, is_ai, role, status, ends_on, title, organisation, activity_type, contribution,
            project_contribution, total_cost, text_sha256
        ) as said,
        lag(record_id) over participation is null as is_first,
        lag(said) over participation as said_before
    from reading
    window participation as (partition by record_id order by crawled_at, crawl_id)
),

changed as (
    select
        record_id,
        max_by(retrieved_at, (crawled_at, crawl_id)) as known_from,
        max_by(capture_id, (crawled_at, crawl_id)) as capture_id
    from marked
    where is_first or said is distinct from said_before
    group by record_id
),

whole_programme as (
    select
        source_id,
        programme,
        max(crawled_at) as read_at
    from {{ ref('stg_funding_event') }}
    where is_complete
    group by source_id, programme
),

latest as (
    select reading.*
    from reading
    left join whole_programme
        on
            reading.source_id = whole_programme.source_id
            and reading.programme = whole_programme.programme
    qualify
        row_number() over (
            partition by reading.record_id
            order by reading.crawled_at desc, reading.crawl_id desc
        ) = 1
        and (whole_programme.read_at is null or reading.crawled_at >= whole_programme.read_at)
)

select
    latest.record_id,
    latest.source_id,
    changed.capture_id,
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
    classified.is_ai as is_ai_text,
    classified.model_version,
    latest.text_sha256
from latest
inner join changed on latest.record_id = changed.record_id
left join {{ ref('stg_classified_text') }} as classified
    on
        latest.text_sha256 = classified.text_sha256
        and classified.record_kind = 'funding_event'
