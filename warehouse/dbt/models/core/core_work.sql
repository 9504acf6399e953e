-- One row for each work of research with a share or an institution of Luxembourg, however many catalogues hold it. Each
-- field is of the first record that says something of it. Affiliations, topics, concepts and the text go by the order
-- of catalogues (variable catalogue_order), and there by a published version before a preprint; title, type, day, year
-- and DOI by a published version before a preprint, and then by that order. The row bears the id of the record that its
-- affiliations are of: only with a share of Luxembourg does it count.
with member as (
    select
        record.*,
        work.work_key,
        not record.is_default_topic and coalesce(length(record.subfield_ids), 0) > 0 as has_topic,
        row_number() over (
            partition by work.work_key
            order by
                record.is_alias, {{ catalogue_rank('record.catalogue') }}, record.is_preprint, record.crawled_at desc,
                record.record_id
        ) as catalogue_place,
        row_number() over (
            partition by work.work_key
            order by
                record.is_alias, record.is_preprint, {{ catalogue_rank('record.catalogue') }}, record.crawled_at desc,
                record.record_id
        ) as version_place
    from {{ ref('core_work_record') }} as record
    inner join {{ ref('core_work_member') }} as work on record.record_id = work.record_id
),

chosen as (
    select
        work_key,
        arg_min(record_id, (not has_shares, catalogue_place)) as affiliation_id,
        arg_min(record_id, (not has_topic, not is_default_topic, catalogue_place)) as topic_id,
        arg_min(record_id, (text_length = 0, title = '', catalogue_place)) as text_id,
        arg_min(title, version_place) filter (where title <> '') as title,
        arg_min(work_type, version_place) filter (where work_type <> '') as work_type,
        arg_min(year, version_place) as publication_year,
        arg_min(published_on, version_place) as published_on,
        coalesce(
            arg_min(published_doi, version_place), arg_min(preprint_doi, version_place)
        ) as doi,
        arg_min(arxiv_id, version_place) as arxiv_id,
        arg_min(concept_ids, catalogue_place) filter (where length(concept_ids) > 0) as concept_ids,
        list_filter(
            flatten(list(subjects order by catalogue_place)),
            lambda subject: regexp_matches(subject, '{{ var("arxiv_categories") }}')
        ) as arxiv_categories,
        bool_or(is_retracted) as is_retracted,
        bool_or(length(home_institutions) > 0) as is_held_at_home,
        list(record_id order by record_id) as member_ids,
        list_sort(list_distinct(list(source_id))) as sources
    from member
    group by work_key
)

select
    face.record_id,
    face.source_id,
    face.capture_id,
    face.locator,
    greatest(face.known_from, topic.known_from, said.known_from) as known_from,
    face.is_sample,
    face.work_id,
    chosen.doi,
    chosen.arxiv_id,
    coalesce(chosen.title, '') as title,
    chosen.work_type,
    chosen.publication_year,
    chosen.published_on,
    face.lu_share,
    face.authors_truncated,
    face.home_institutions,
    face.institution_shares,
    case when topic.has_topic then list_has_any(topic.subfield_ids[1:1], {{ var('ai_subfields') }}) end as is_ai_topics,
    case when topic.has_topic then topic.subfield_ids[1] = '{{ var("ai_subfields")[0] }}' end as is_ai_topics_narrow,
    case
        when topic.is_default_topic then 'default_topic'
        when coalesce(length(topic.subfield_ids), 0) = 0 then 'no_topic'
    end as left_out_because,
    case when chosen.concept_ids is not null then list_has_any(chosen.concept_ids, {{ var('ai_concepts') }}) end
        as is_ai_concepts,
    case
        when length(chosen.arxiv_categories) > 0
            then list_has_any(chosen.arxiv_categories, {{ var('ai_arxiv_categories') }})
    end as is_ai_arxiv,
    classified.lang,
    classified.is_ai as is_ai_text,
    classified.ai_class,
    classified.ai_score,
    classified.skills,
    classified.model_version,
    said.text_sha256,
    chosen.publication_year is not null
    and face.lu_share > 0
    and not chosen.is_retracted
    and not list_contains({{ var('not_works') }}, coalesce(chosen.work_type, '')) as is_counted,
    chosen.member_ids,
    chosen.sources
from chosen
inner join member as face on chosen.affiliation_id = face.record_id
inner join member as topic on chosen.topic_id = topic.record_id
inner join member as said on chosen.text_id = said.record_id
left join {{ ref('stg_classified_text') }} as classified
    on
        said.text_sha256 = classified.text_sha256
        and classified.record_kind = 'research_output'
where face.lu_share > 0 or chosen.is_held_at_home
