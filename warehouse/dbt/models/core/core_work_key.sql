-- What each record of a work can be known by, one row a record and key: its id in its catalogue, the id that it was
-- merged into, its id at arXiv, the DOI of a preprint (strong keys), and its title among those of its years. A
-- published DOI is no key that others share: it names the work itself.
with record as (
    select * from {{ ref('core_work_record') }}
)

select
    record_id,
    'id ' || catalogue || ' ' || work_id as key,
    true as is_strong,
    published_doi
from record
union all
select
    record_id,
    'id ' || catalogue || ' ' || merged_into as key,
    true as is_strong,
    published_doi
from record
where is_alias
union all
select
    record_id,
    'arxiv ' || arxiv_id as key,
    true as is_strong,
    published_doi
from record
where arxiv_id is not null
union all
select
    record_id,
    'doi ' || preprint_doi as key,
    true as is_strong,
    published_doi
from record
where preprint_doi is not null
union all
select
    record_id,
    'title ' || title_group as key,
    false as is_strong,
    published_doi
from record
where title_group is not null
