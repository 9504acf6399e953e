-- Terms that AI postings hold more often than others and that the taxonomy lacks, by the current model version.
select
    term,
    texts_ai,
    texts_other,
    employers_ai,
    languages,
    log_odds_z,
    example_sha256,
    model_version
from {{ source('raw', 'emerging_term') }}
