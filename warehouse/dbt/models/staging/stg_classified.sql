-- What the current model version says of each distinct text of a posting. Two interrupted runs may have classified the
-- same one: equal keys say the same, one is taken.
select
    text_sha256,
    lang,
    ai_class,
    is_ai,
    ai_score,
    skills,
    evidence,
    sector,
    sector_basis,
    sector_nace21,
    occupation,
    occupation_sub_major,
    languages_required,
    model_version
from {{ source('raw', 'classified') }}
where record_kind = 'job_posting'
qualify row_number() over (partition by text_sha256 order by file) = 1
