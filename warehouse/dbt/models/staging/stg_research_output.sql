-- One row for each work of research at each crawl that read it.
with reading as (
    {{ readings_of(source('raw', 'research_output'), "''") }}
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
