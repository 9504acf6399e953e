-- Which story each announcement tells. Announcements are one story if they are the same item of one site under several
-- sub-domains or forms of address (the same last part of the address, within three days of each other), or if their
-- pages name each other, or the same third page, as the item in another language or as its original. Tellings by
-- different outlets stay different stories: nothing is compared but addresses. An address that leads to no item of its
-- own (a home page), or that more than ten announcements share, joins nothing.
with recursive addressed as (
    select
        record_id,
        published_on,
        first_seen_at,
        rtrim(regexp_replace(
            lower(coalesce(page_url, '')), '^https?://(www\.)?|#.*$|[?&]utm_[^&#]*', '', 'g'
        ), '/') as page,
        list_transform(
            coalesce(alternates, []),
            lambda link: rtrim(regexp_replace(
                lower(link), '^https?://(www\.)?|#.*$|[?&]utm_[^&#]*', '', 'g'
            ), '/')
        ) as named
    from {{ ref('core_announcement') }}
),

slugged as (
    select
        *,
        regexp_extract(regexp_extract(page, '^[^/:]+'), '[^.]+\.[^.]+$') as domain,
        regexp_extract(regexp_replace(page, '\?.*$|(\.html?|\.php|\.aspx)$', '', 'g'), '[/+]([^/+]+)$', 1) as slug
    from addressed
),

-- Weekly items take the same words again: another telling comes within three days of the one before it.
gaps as (
    select
        *,
        coalesce(published_on - lag(published_on) over told > 3, true) as is_new
    from slugged
    where length(slug) >= 12 and contains(slug, '-')
    window told as (partition by domain, slug order by published_on, record_id)
),

twin as (
    select
        record_id,
        'twin ' || domain || ' ' || slug || ' ' || sum(cast(is_new as integer)) over (
            partition by domain, slug
            order by published_on, record_id
        ) as node
    from gaps
),

node as (
    select
        record_id,
        'page ' || page as node,
        page as address
    from slugged
    union
    select
        record_id,
        'page ' || address as node,
        address
    from (
        select
            record_id,
            unnest(named) as address
        from slugged
    ) as names
),

shared as (
    select
        record_id,
        node
    from node
    where length(regexp_replace(address, '^[^/]*', '')) > 5
    qualify count(*) over (partition by node) between 2 and 10
    union all
    select
        record_id,
        node
    from twin
    qualify count(*) over (partition by node) > 1
),

edge as (
    select distinct
        one.record_id,
        other.record_id as other_id
    from shared as one
    inner join shared as other on one.node = other.node
),

reach as (
    select
        record_id,
        record_id as other_id
    from addressed
    union
    select
        reach.record_id,
        edge.other_id
    from reach
    inner join edge on reach.other_id = edge.record_id
),

lead as (
    select
        reach.record_id,
        min_by(reach.other_id, (addressed.published_on, addressed.first_seen_at, reach.other_id)) as story_id
    from reach
    inner join addressed on reach.other_id = addressed.record_id
    group by reach.record_id
)

select
    record_id,
    story_id,
    record_id = story_id as is_first
from lead
