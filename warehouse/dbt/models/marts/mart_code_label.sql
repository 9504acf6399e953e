-- Codes with their labels in four languages.
select
    codelist,
    code,
    label_en,
    label_fr,
    label_de,
    label_lb
from {{ ref('code_label') }}
