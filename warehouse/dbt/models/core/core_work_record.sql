-- One row for each record of a work that a catalogue holds now, as it was last read, with what the work can be known
-- by in other catalogues: its published DOI, the DOI of a preprint, its id at arXiv, and its title beside those of
-- the same year (or of the year before or after, where one of the two is a preprint). A record that the catalogue
-- calls deleted, or that a later whole reading of its year does not hold any more, is gone. One that was merged into
-- another says nothing of its own. Since when a record is known is the time from which it has said what it says now,
-- so that reading it again unchanged moves nothing.
with reading as (
    select
        *,
        coalesce(country_shares['LU'], 0) as lu_share,
        coalesce(length(list_filter(map_keys(country_shares), lambda code: code <> '')), 0) > 0 as has_shares,
        hash(
            lu_share, institution_shares, subfield_ids[1:1], coalesce(length(subfield_ids), 0) = 0, is_default_topic,
            list_has_any(concept_ids, {{ var('ai_concepts') }}), subjects, text_sha256, publication_year, work_type,
            is_retracted, doi, arxiv_id, merged_into
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

told as (
    select
        latest.*,
        {{ catalogue_of('coalesce(registry.format, latest.source_id)') }} as catalogue,
        cast(coalesce(latest.publication_year, extract(year from latest.published_on)) as integer) as year,
        nullif(regexp_replace(
            lower(trim(coalesce(latest.doi, ''))), '^(https?://(dx\.)?doi\.org/|doi: ?)', ''
        ), '') as bare_doi
    from latest
    left join {{ ref('stg_source') }} as registry on latest.source_id = registry.source_id
),

-- Whether an id is gone, or leads to another, its newest reading says, whichever source of the catalogue brought it.
settled as (
    select
        * replace (first_value(coalesce(merged_into, '')) over newest as merged_into),
        first_value(coalesce(merged_into, '')) over newest <> '' as is_alias,
        first_value(coalesce(is_deleted, false)) over newest as is_gone
    from told
    window newest as (
        partition by catalogue, work_id
        order by crawled_at desc, coalesce(is_deleted, false) desc, merged_into desc nulls last, record_id asc
        rows between unbounded preceding and unbounded following
    )
),

-- One id of one catalogue has one DOI, however many sources read it.
named as (
    select
        *,
        case
            when not is_alias then first_value(bare_doi ignore nulls) over (
                partition by catalogue, work_id, is_alias
                order by crawled_at desc, record_id asc
                rows between unbounded preceding and unbounded following
            )
        end as own_doi,
        regexp_matches(lower(coalesce(work_type, '')), '(^|/)(preprint|posted[-_ ]?content)$') as is_called_preprint,
        catalogue = 'arxiv' as is_of_arxiv
    from settled
    where not is_gone
),

-- arXiv names the published version's DOI beside its own id: what such a record is called says nothing of that DOI.
judged as (
    select
        *,
        own_doi is not null and (
            regexp_matches(own_doi, '{{ var("preprint_dois") }}')
            or (
                bool_or(is_called_preprint and not is_of_arxiv and coalesce(arxiv_id, '') = '') over doi
                and not bool_or(not is_called_preprint and not is_of_arxiv and coalesce(work_type, '') <> '') over doi
            )
        ) as is_doi_of_preprint,
        nullif(regexp_replace(regexp_replace(lower(trim(coalesce(
            nullif(arxiv_id, ''), regexp_extract(own_doi, '^10\.48550/arxiv\.(.+)$', 1), ''
        ))), '^arxiv: ?', ''), 'v[0-9]+$', ''), '') as bare_arxiv_id,
        regexp_replace({{ plain(folded_html('title')) }}, '[^\pL\pN]+', '', 'g') as plain_title
    from named
    window doi as (partition by own_doi)
),

known_by as (
    select
        * exclude (plain_title),
        is_called_preprint or is_of_arxiv or is_doi_of_preprint as is_preprint,
        case
            when
                not is_alias
                and length(plain_title) >= {{ var('title_length') }}
                and not regexp_matches(plain_title, '{{ var("generic_titles") }}')
                then plain_title
        end as title_key
    from judged
),

title_year as (
    select
        title_key,
        year,
        bool_or(is_preprint) as has_preprint
    from known_by
    where title_key is not null and year is not null
    group by title_key, year
),

marked as (
    select
        *,
        coalesce(lag(year) over life = year - 1, false)
        and (has_preprint or lag(has_preprint) over life) as goes_on
    from title_year
    window life as (partition by title_key order by year)
),

title_group as (
    select
        title_key,
        year,
        sum(case when goes_on then 0 else 1 end) over (partition by title_key order by year) as number
    from marked
)

select
    known_by.record_id,
    known_by.source_id,
    changed.capture_id,
    changed.locator,
    changed.known_from,
    known_by.crawled_at,
    known_by.is_sample,
    known_by.catalogue,
    known_by.work_id,
    known_by.merged_into,
    known_by.is_alias,
    known_by.is_preprint,
    case when not known_by.is_doi_of_preprint then known_by.own_doi end as published_doi,
    case when known_by.is_doi_of_preprint then known_by.own_doi end as preprint_doi,
    case when not known_by.is_alias then known_by.bare_arxiv_id end as arxiv_id,
    known_by.title_key || ' ' || cast(title_group.number as varchar) as title_group,
    known_by.title,
    known_by.work_type,
    known_by.year,
    known_by.published_on,
    known_by.lu_share,
    known_by.has_shares,
    known_by.authors_truncated,
    known_by.home_institutions,
    known_by.institution_shares,
    known_by.subjects,
    known_by.subfield_ids,
    known_by.concept_ids,
    coalesce(known_by.is_default_topic, false) as is_default_topic,
    coalesce(known_by.is_retracted, false) as is_retracted,
    known_by.text_sha256,
    known_by.text_length
from known_by
inner join changed on known_by.record_id = changed.record_id
left join title_group
    on
        known_by.title_key = title_group.title_key
        and known_by.year = title_group.year
