-- Research organisations of Luxembourg by the project's reviewed table, each with the one that stands for it today.
select
    organisation_id,
    name,
    stands_for_id,
    is_eu_body
from {{ source('raw', 'lineage') }}
