-- One row for each work of research at each crawl that read it. A crawl that says which years it read whole speaks for
-- these alone, whether or not all that it planned came; of any other crawl everything counts or nothing. An increment
-- reads no year whole.
with listed as (
    {{ readings_of(source('raw', 'research_output'), "coalesce(cast(record.publication_year as varchar), '')") }}
),

of_years as (
    select
        source_id,
        crawl_id,
        whole as years
    from {{ source('raw', 'crawl') }}
    where
        coalesce(length(whole), 0) > 0
        and not list_contains(whole, '')
        and source_id not in (
            select registry.source_id from {{ source('raw', 'source') }} as registry
            where registry.reads = 'increment'
        )
),

reading as (
    select
        listed.* replace (
            case
                when of_years.crawl_id is null then listed.is_complete
                else coalesce(list_contains(of_years.years, cast(listed.publication_year as varchar)), false)
            end as is_complete
        )
    from listed
    left join of_years
        on
            listed.source_id = of_years.source_id
            and listed.crawl_id = of_years.crawl_id
)

select
    record_id,
    source_id,
    crawl_id,
    capture_id,
    url,
    retrieved_at,
    crawled_at,
    is_complete,
    is_sample,
    locator,
    work_id,
    doi,
    title,
    work_type,
    language_declared,
    published_on,
    publication_year,
    authors_total,
    authors_truncated,
    country_shares,
    home_institutions,
    institution_shares,
    arxiv_id,
    other_ids,
    container,
    subjects,
    funders,
    awards,
    is_deleted,
    merged_into,
    topic_ids,
    subfield_ids,
    concept_ids,
    is_default_topic,
    is_retracted,
    text_sha256,
    text_length
from reading
