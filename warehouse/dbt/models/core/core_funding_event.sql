-- One row for each funding event: its claims counted, what the claims that stand say of its sum, the claim that is
-- preferred, and whether it counts towards totals, or why not. Preferred is a claim that stands, then a reviewed one,
-- then one of money given, raised or contracted, then the one told last, then one in euro, then the first by its id.
with recursive
claim as (
    select
        *,
        coalesce(said_on, happened_from) as told_on,
        {{ is_summable('amount_kind') }} as is_summable
    from {{ ref('core_funding_claim') }}
),

preferred as (
    select *
    from claim
    qualify row_number() over (
        partition by event_id
        order by
            stands desc, is_reviewed desc, is_summable desc, told_on desc nulls last, currency = 'EUR' desc,
            claim_id asc
    ) = 1
),

told as (
    select
        claim.event_id,
        count(*) as claims,
        count(*) filter (where claim.stands) as claims_standing,
        max(claim.known_from) as known_from,
        bool_or(claim.is_sample) as is_sample,
        max(nullif(claim.country, '')) filter (where claim.stands) as country,
        min(claim.happened_from) filter (
            where claim.stands and claim.amount_kind = preferred.amount_kind
        ) as happened_from,
        arg_min(claim.happened_on, (claim.happened_from, -length(claim.happened_on))) filter (
            where claim.stands and claim.amount_kind = preferred.amount_kind and claim.happened_from is not null
        ) as happened_on,
        min(claim.amount) filter (where claim.stands and claim.currency = preferred.currency) as amount_low,
        max(claim.amount) filter (where claim.stands and claim.currency = preferred.currency) as amount_high,
        min(claim.eur) filter (where claim.stands) as eur_low,
        max(claim.eur) filter (where claim.stands) as eur_high,
        count(distinct concat_ws('|', claim.amount, claim.amount_max, claim.currency)) filter (
            where claim.stands and (claim.amount is not null or claim.amount_max is not null)
        ) > 1 as has_conflict
    from claim
    inner join preferred on claim.event_id = preferred.event_id
    group by claim.event_id
),

shown as (
    select
        * exclude (event_id, known_from, is_sample, country, happened_from, happened_on),
        event_id as shown_of,
        country as shown_country
    from preferred
),

event as (
    select
        told.*,
        shown.*,
        coalesce(nullif(shown.shown_country, ''), told.country, '') as recipient_country,
        coalesce(
            shown.stands and shown.is_summable and shown.eur is not null
            and coalesce(nullif(shown.shown_country, ''), told.country) = 'LU',
            false
        ) as may_count
    from told
    inner join shown on told.event_id = shown.shown_of
),

-- Events that tell the same, whichever of them says so, are one; the one that may count stands for them.
alike as (
    select
        claim.event_id as one,
        other.event_id as other
    from claim
    cross join unnest(claim.same_as) as other (event_id)
    where claim.stands
),

linked as (
    select
        event_id,
        event_id as other
    from event
    union
    select
        linked.event_id,
        case when linked.other = alike.one then alike.other else alike.one end as other
    from linked
    inner join alike on linked.other in (alike.one, alike.other)
),

standing_for as (
    select
        linked.event_id,
        event.event_id as root
    from linked
    inner join event on linked.other = event.event_id
    qualify row_number() over (
        partition by linked.event_id
        order by event.may_count desc, event.is_reviewed desc, event.claims desc, event.event_id asc
    ) = 1
),

-- What each event is a part of, near and far, told by any claim that stands.
part as (
    select distinct
        mine.root as event_id,
        whole.root as whole_id
    from claim
    inner join standing_for as mine on claim.event_id = mine.event_id
    inner join standing_for as whole on claim.part_of = whole.event_id
    where claim.stands and mine.root <> whole.root
),

within as (
    select
        event_id,
        whole_id
    from part
    union
    select
        within.event_id,
        part.whole_id
    from within
    inner join part on within.whole_id = part.event_id
),

-- A part is left out where a whole that it lies in counts, the outermost that does. Where none does, it counts.
inner_whole as (
    select distinct within.event_id as whole_id
    from within
    inner join event as whole on within.whole_id = whole.event_id
    where whole.may_count and within.event_id <> within.whole_id
),

held as (
    select
        within.event_id,
        coalesce(
            min(within.whole_id) filter (where whole.may_count and inner_whole.whole_id is null),
            min(within.whole_id) filter (where whole.may_count)
        ) as counted_in,
        min(within.whole_id) filter (
            where whole.amount_kind <> 'aggregate' and (whole.amount is not null or whole.amount_max is not null)
        ) as told_in
    from within
    inner join event as whole on within.whole_id = whole.event_id
    left join inner_whole on within.whole_id = inner_whole.whole_id
    where within.event_id <> within.whole_id
    group by within.event_id
),

judged as (
    select
        event.*,
        standing_for.root,
        held.told_in,
        held.counted_in,
        case
            when not event.stands then 'superseded'
            when event.amount is null and event.amount_max is null then 'undisclosed'
            when event.amount_kind = 'aggregate' then 'aggregate'
            when standing_for.root <> event.event_id then 'same_as ' || standing_for.root
            when held.counted_in is not null then 'part_of ' || held.counted_in
            when event.may_count then null
            when held.told_in is not null then 'part_of ' || held.told_in
            when not event.is_summable then 'kind ' || event.amount_kind
            when event.recipient_country = '' then 'country not known'
            when event.recipient_country <> 'LU' then 'not Luxembourg money'
            else 'no sum in euro' || coalesce(': ' || event.eur_missing_because, '')
        end as left_out_because
    from event
    inner join standing_for on event.event_id = standing_for.event_id
    left join held on event.event_id = held.event_id
)

select
    event_id,
    organisation,
    actor_id,
    recipient_country as country,
    parties,
    instrument,
    round,
    topic,
    happened_on,
    cast(extract(year from happened_from) as integer) as year,
    day_kind,
    amount_kind,
    amount,
    amount_max,
    currency,
    amount_low,
    amount_high,
    eur,
    eur_low,
    eur_high,
    eur_missing_because,
    claims,
    claims_standing,
    has_conflict,
    claim_id as preferred_claim_id,
    part_of,
    nullif(root, event_id) as same_as,
    stands and amount_kind not in ('aggregate', 'undisclosed') and root = event_id and told_in is null
    and (amount is not null or amount_max is not null) as is_whole,
    left_out_because is null as counts_towards_totals,
    left_out_because,
    is_reviewed,
    said_by,
    page_url,
    known_from,
    record_id,
    source_id,
    capture_id,
    locator,
    is_sample
from judged
