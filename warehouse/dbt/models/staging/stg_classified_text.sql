-- What the current model version says of each distinct text that is no posting's (a work, a project, an announcement, a
-- notice of procurement, a call, a legal step, a course): whether it is about AI, and which concepts it names.
select
    record_kind,
    text_sha256,
    lang,
    ai_class,
    is_ai,
    ai_score,
    skills,
    evidence,
    organisations,
    model_version
from {{ source('raw', 'classified') }}
where record_kind <> 'job_posting'
qualify row_number() over (partition by record_kind, text_sha256 order by file) = 1
