-- Restricted: every posting in Luxembourg with its scrubbed text, life, opening and what the classifier says of it.
select
    posting.record_id,
    member.opening_id,
    posting.source_id,
    posting.board_id,
    posting.capture_id,
    posting.locator,
    posting.url,
    posting.posting_url,
    posting.employer,
    posting.title,
    stored.text,
    posting.location_raw,
    posting.luxembourg_basis,
    posting.is_remote,
    posting.workplace,
    posting.employment_type,
    posting.vacancies,
    posting.salary_min,
    posting.salary_max,
    posting.salary_currency,
    posting.salary_period,
    posting.salary_text,
    posting.occupation_codes,
    posting.industry,
    posting.languages_declared,
    posting.published_on,
    posting.published_precision,
    posting.deadline_on,
    posting.opened_on,
    posting.is_left_truncated,
    posting.first_seen_on,
    posting.last_seen_on,
    posting.closed_on,
    classified.lang,
    classified.ai_class,
    classified.ai_score,
    classified.skills,
    coalesce(declared.nace_section, classified.sector) as nace_section,
    case when declared.nace_section is null then classified.sector_basis else 'registry' end as sector_basis,
    case when declared.nace_section is null then classified.sector_nace21 end as nace21_section,
    classified.occupation as isco_major,
    classified.occupation_sub_major as isco_sub_major,
    classified.languages_required,
    classified.model_version,
    posting.is_sample
from {{ ref('core_posting') }} as posting
inner join {{ ref('core_opening_member') }} as member on posting.record_id = member.record_id
left join {{ source('raw', 'posting_text') }} as stored on posting.text_sha256 = stored.text_sha256
left join {{ ref('stg_classified') }} as classified on posting.text_sha256 = classified.text_sha256
left join {{ ref('stg_board') }} as declared
    on
        posting.source_id = declared.source_id
        and posting.board_id = declared.board_id
