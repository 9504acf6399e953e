-- Which ad each distinct text of a posting is: texts of one ad_id advertise one job, as the current model version says.
-- Without a text the place must be equal as well, posting by posting.
select
    text_sha256,
    ad_id,
    has_text,
    similarity,
    translation_of,
    evidence,
    model_version
from {{ source('raw', 'duplicate') }}
qualify row_number() over (partition by text_sha256 order by file) = 1
