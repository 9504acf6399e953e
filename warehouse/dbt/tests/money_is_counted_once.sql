-- Only money that was given, raised, invested or contracted, and came to Luxembourg, is added up; never an event
-- together with one that it is a part of or that tells the same.
with counted as (
    select *
    from {{ ref('core_funding_event') }}
    where counts_towards_totals
)

select
    event_id,
    'kind, country or sum' as problem
from counted
where not {{ is_summable('amount_kind') }} or country <> 'LU' or eur is null or left_out_because is not null
union all
select
    claim.event_id,
    'a part with its whole' as problem
from {{ ref('core_funding_claim') }} as claim
inner join counted as part on claim.event_id = part.event_id
inner join counted as whole on claim.part_of = whole.event_id
where claim.stands and part.event_id <> whole.event_id
union all
select
    claim.event_id,
    'told twice' as problem
from {{ ref('core_funding_claim') }} as claim
inner join counted as one on claim.event_id = one.event_id
inner join counted as other on list_contains(claim.same_as, other.event_id)
where claim.stands and one.event_id <> other.event_id
