-- Restricted: the institutions of Luxembourg in each work, with their shares.
select
    record_id,
    institution_id,
    institution,
    is_eu_body,
    publication_year,
    share,
    is_counted,
    is_sample
from {{ ref('core_work_institution') }}
