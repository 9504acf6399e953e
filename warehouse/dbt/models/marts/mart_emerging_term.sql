-- Restricted: candidates for the taxonomy, each with a posting that holds it.
with example as (
    select
        text_sha256,
        min(record_id) as record_id
    from {{ ref('core_posting') }}
    group by text_sha256
)

select
    found.term,
    found.texts_ai,
    found.texts_other,
    found.employers_ai,
    found.languages,
    found.log_odds_z,
    example.record_id as example_record_id,
    found.model_version
from {{ ref('stg_emerging_term') }} as found
left join example on found.example_sha256 = example.text_sha256
