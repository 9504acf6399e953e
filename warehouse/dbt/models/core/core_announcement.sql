-- One row for each announcement: the latest version of the item, of equals the fullest reading, of those the first. The
-- same page of a source under several addresses (schemes, hosts, tracking parameters) is one announcement. Its day is
-- the one in Luxembourg, never later than the day on which it was first seen.
with reading as (
    select
        *,
        rtrim(regexp_replace(
            lower(coalesce(page_url, '')), '^https?://[^/]+|#.*$|[?&]utm_[^&#]*', '', 'g'
        ), '/') as page
    from {{ ref('stg_announcement') }}
),

keyed as (
    select
        *,
        source_id || ' ' || case when length(page) > 5 then page else item_id end as page_key
    from reading
),

said as (
    select *
    from keyed
    qualify row_number() over (
        partition by page_key
        order by updated_at desc nulls last, text_length desc, retrieved_at asc, record_id asc, capture_id asc
    ) = 1
),

life as (
    select
        page_key,
        min(retrieved_at) as first_seen_at,
        min(published_at) as first_published_at
    from keyed
    group by page_key
),

dated as (
    select
        said.*,
        life.first_seen_at,
        coalesce(least(life.first_published_at, life.first_seen_at), life.first_seen_at) as announced_at
    from said
    inner join life on said.page_key = life.page_key
)

select
    dated.record_id,
    dated.source_id,
    dated.list_url as url,
    dated.capture_id,
    dated.locator,
    dated.retrieved_at as known_from,
    dated.is_sample,
    dated.item_id,
    dated.title,
    dated.page_url,
    dated.categories,
    dated.alternates,
    dated.published_at,
    dated.first_seen_at,
    cast(timezone('Europe/Luxembourg', dated.announced_at) as date) as published_on,
    cast(date_trunc('month', timezone('Europe/Luxembourg', dated.announced_at)) as date) as month,
    classified.lang,
    classified.ai_class,
    coalesce(classified.is_ai, false) as is_ai,
    classified.ai_score,
    classified.skills,
    coalesce(classified.organisations, []) as organisations,
    classified.model_version,
    dated.text_sha256
from dated
left join {{ ref('stg_classified_text') }} as classified
    on
        dated.text_sha256 = classified.text_sha256
        and classified.record_kind = 'announcement'
