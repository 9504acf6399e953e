-- Which opening each posting belongs to: the connected groups of duplicate pairs, named by the posting seen first.
with recursive link as (
    select
        record_id,
        other_id
    from {{ ref('core_posting_duplicate') }}
    union
    select
        other_id as record_id,
        record_id as other_id
    from {{ ref('core_posting_duplicate') }}
),

reach as (
    select
        record_id,
        record_id as member_id
    from link
    union
    select
        reach.record_id,
        link.other_id as member_id
    from reach
    inner join link on reach.member_id = link.record_id
),

posting as (
    select * from {{ ref('core_posting') }}
),

member as (
    select
        record_id,
        member_id
    from reach
    union
    select
        record_id,
        record_id as member_id
    from posting
)

select
    member.record_id,
    arg_min(posting.record_id, (posting.opened_on, posting.known_from, posting.record_id)) as opening_id
from member
inner join posting on member.member_id = posting.record_id
group by member.record_id
