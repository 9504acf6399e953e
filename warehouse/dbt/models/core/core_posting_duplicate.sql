-- Pairs of postings that advertise one opening: their texts are one ad (same employer and title, nearly the same text;
-- clones for several places and variants for gender or status meet), and their lives overlap or follow each other
-- within the repost window; without texts, in the same place. One requisition of one source is one opening whatever
-- the title says.
with posting as (
    select
        posting.record_id,
        posting.source_id,
        posting.requisition_id,
        posting.employer_key,
        posting.opened_on,
        coalesce(posting.closed_on, posting.last_seen_on) as ended_on,
        {{ plain("trim(split_part(posting.location_raw, ',', 1))") }} as place,
        coalesce(duplicate.ad_id, posting.text_sha256) as ad_id,
        coalesce(duplicate.has_text, false) as has_text
    from {{ ref('core_posting') }} as posting
    left join {{ ref('stg_duplicate') }} as duplicate on posting.text_sha256 = duplicate.text_sha256
)

select
    earlier.record_id,
    later.record_id as other_id,
    'text' as basis
from posting as earlier
inner join posting as later
    on
        earlier.ad_id = later.ad_id
        and earlier.record_id < later.record_id
        and later.opened_on <= earlier.ended_on + {{ var('repost_days') }}
        and earlier.opened_on <= later.ended_on + {{ var('repost_days') }}
where earlier.has_text and later.has_text or earlier.place = later.place
union
select
    earlier.record_id,
    later.record_id as other_id,
    'requisition' as basis
from posting as earlier
inner join posting as later
    on
        earlier.source_id = later.source_id
        and earlier.requisition_id = later.requisition_id
        and earlier.employer_key = later.employer_key
        and earlier.record_id < later.record_id
        and later.opened_on <= earlier.ended_on + {{ var('repost_days') }}
        and earlier.opened_on <= later.ended_on + {{ var('repost_days') }}
