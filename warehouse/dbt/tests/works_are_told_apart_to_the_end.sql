-- Records that share a key are one work, unless each of them has a published DOI, or can reach one, over other keys: a
-- chain of keys that is longer than the steps of core_work_member shows here. No work has two published DOIs.
select
    known.key as what,
    count(distinct member.work_key) as works
from {{ ref('core_work_key') }} as known
inner join {{ ref('core_work_member') }} as member on known.record_id = member.record_id
group by known.key
having count(distinct member.work_key) > 1 and not bool_and(starts_with(member.work_key, 'doi '))
union all
select
    member.work_key as what,
    count(distinct record.published_doi) as works
from {{ ref('core_work_record') }} as record
inner join {{ ref('core_work_member') }} as member on record.record_id = member.record_id
group by member.work_key
having count(distinct record.published_doi) > 1
