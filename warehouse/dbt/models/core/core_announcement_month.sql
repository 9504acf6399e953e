-- The months through which each list of announcements was watched from end to end. A list shows only what is newest:
-- what came before the oldest item of its first reading, between two readings that share no item, or after its last
-- reading may have been missed. If one of the lists that were being read lost something, the month is whole for none of
-- them: a count of some lists would not compare with its neighbours.
with item as (
    select distinct
        source_id,
        list_url as url,
        crawl_id,
        crawled_at,
        record_id,
        published_at
    from {{ ref('stg_announcement') }}
),

reading as (
    select
        source_id,
        url,
        crawl_id,
        crawled_at,
        min(coalesce(published_at, crawled_at)) as oldest_at,
        max(least(coalesce(published_at, crawled_at), crawled_at)) as newest_at,
        list(record_id) as records
    from item
    group by source_id, url, crawl_id, crawled_at
),

stepped as (
    select
        *,
        lag(newest_at) over listed as newest_before,
        lag(records) over listed as records_before
    from reading
    window listed as (partition by source_id, url order by crawled_at, crawl_id)
),

missed as (
    select
        newest_before as missed_from,
        oldest_at as missed_to
    from stepped
    where newest_before < oldest_at and not list_has_any(records, records_before)
),

listed as (
    select
        source_id,
        url,
        min_by(oldest_at, (crawled_at, crawl_id)) as watched_from,
        max(crawled_at) as watched_to
    from reading
    group by source_id, url
),

calendar as (
    select
        listed.source_id,
        listed.url,
        listed.watched_from,
        cast(span.month as date) as month,
        timezone('Europe/Luxembourg', span.month) as starts_at,
        timezone('Europe/Luxembourg', span.month + interval 1 month) as ends_at
    from listed
    cross join unnest(generate_series(
        date_trunc('month', timezone('Europe/Luxembourg', listed.watched_from)),
        date_trunc('month', timezone('Europe/Luxembourg', listed.watched_to)),
        interval 1 month
    )) as span (month)
)

select
    calendar.source_id,
    calendar.url,
    calendar.month,
    min(reading.crawled_at) as completed_at
from calendar
inner join reading
    on
        calendar.source_id = reading.source_id
        and calendar.url = reading.url
        and calendar.ends_at <= reading.crawled_at
where
    calendar.watched_from <= calendar.starts_at
    and not exists (
        select 1
        from missed
        where
            missed.missed_from < calendar.ends_at
            and missed.missed_to > calendar.starts_at
    )
group by calendar.source_id, calendar.url, calendar.month
