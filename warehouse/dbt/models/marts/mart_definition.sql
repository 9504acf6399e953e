-- The definitions of AI that are in use, each with its rule and what it judges, and whether it is computed here.
select
    definition,
    used_by,
    unit,
    name_en,
    name_fr,
    name_de,
    name_lb,
    rule,
    caveat,
    status,
    waits_for,
    waits_for_fr,
    waits_for_de,
    waits_for_lb
from {{ ref('ai_definition') }}
