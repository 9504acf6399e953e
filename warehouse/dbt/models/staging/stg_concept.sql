-- The skills taxonomy.
select
    concept_id,
    label_en,
    label_fr,
    label_de,
    label_lb,
    group_name,
    tier,
    parent_id,
    first_seen,
    esco_uri
from {{ source('raw', 'concept') }}
