-- What the current model version says of each distinct text.
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
    occupation,
    languages_required,
    model_version
from {{ source('raw', 'classified') }}
