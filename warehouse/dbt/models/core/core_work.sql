-- One row for each work of research with a share of Luxembourg, as it was last read. A work that a later whole reading
-- of its year does not hold any more is gone, and one that stands under several ids but one DOI counts once. Since when
-- it is known is the time from which it has said what it says now, so that reading it again unchanged moves nothing.
with reading as (
    select
        *,
        coalesce(country_shares['LU'], 0) as lu_share,
        list_has_any(subfield_ids[1:1], {{ var('ai_subfields') }}) as is_ai_topics,
        case
            when is_default_topic then 'default_topic'
            when coalesce(length(subfield_ids), 0) = 0 then 'no_topic'
        end as left_out_because,
        hash(
            lu_share, is_ai_topics, left_out_because, text_sha256, publication_year, work_type, is_retracted, doi
        ) as said
    from {{ ref('stg_research_output') }}
    qualify row_number() over (
        partition by record_id, crawl_id
        order by retrieved_at desc, capture_id desc
    ) = 1
),

changed as (
    {{ known_since('reading') }}
),

latest as (
    {{ last_readings('reading', 'reading', 'publication_year') }}
),

once as (
    select *
    from latest
    where lu_share > 0
    qualify row_number() over (
        partition by coalesce(nullif(doi, ''), record_id)
        order by crawled_at desc, record_id asc
    ) = 1
)

select
    once.record_id,
    once.source_id,
    changed.capture_id,
    changed.locator,
    changed.known_from,
    once.is_sample,
    once.work_id,
    once.doi,
    once.title,
    once.work_type,
    cast(once.publication_year as integer) as publication_year,
    once.published_on,
    once.lu_share,
    once.authors_truncated,
    once.home_institutions,
    case when once.left_out_because is null then once.is_ai_topics end as is_ai_topics,
    once.left_out_because,
    classified.lang,
    classified.is_ai as is_ai_text,
    classified.ai_class,
    classified.ai_score,
    classified.skills,
    classified.model_version,
    once.text_sha256,
    once.publication_year is not null
    and not coalesce(once.is_retracted, false)
    and not list_contains({{ var('not_works') }}, once.work_type) as is_counted
from once
inner join changed on once.record_id = changed.record_id
left join {{ ref('stg_classified_text') }} as classified
    on
        once.text_sha256 = classified.text_sha256
        and classified.record_kind = 'research_output'
