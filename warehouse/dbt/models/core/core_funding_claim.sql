-- One row for each claim on a funding event, as it was last read; one that a later whole reading of its source does not
-- hold any more is gone. A claim stands unless another claim takes its place: one of its own source, or a reviewed one.
with reading as (
    select
        *,
        source_id as list_id,
        hash(
            event_id, organisation, actor_id, country, parties, instrument, round, topic, amount, amount_max, currency,
            amount_kind, happened_on, day_kind, part_of, same_as, supersedes, said_by, said_where, said_on, page_url,
            is_reviewed, reviewed_on, note
        ) as said
    from {{ ref('stg_funding_claim') }}
    qualify row_number() over (
        partition by record_id, crawl_id
        order by retrieved_at desc, capture_id desc
    ) = 1
),

changed as (
    {{ known_since('reading') }}
),

latest as (
    {{ last_readings('reading', 'reading', 'list_id') }}
),

replaced as (
    select
        older.record_id,
        min(newer.claim_id) as superseded_by
    from latest as older
    inner join latest as newer
        on
            list_contains(newer.supersedes, older.claim_id)
            and older.record_id <> newer.record_id
            and (older.source_id = newer.source_id or newer.is_reviewed)
    group by older.record_id
),

dated as (
    select
        latest.*,
        changed.capture_id as changed_capture_id,
        changed.locator as changed_locator,
        changed.known_from,
        replaced.superseded_by,
        try_cast(
            latest.happened_on || case length(latest.happened_on) when 4 then '-01-01' when 7 then '-01' else '' end
            as date
        ) as happened_from,
        case when length(latest.happened_on) = 10 then try_cast(latest.happened_on as date) end as happened_day
    from latest
    inner join changed on latest.record_id = changed.record_id
    left join replaced on latest.record_id = replaced.record_id
),

converted as (
    select
        dated.*,
        {{ in_eur('dated.amount', 'dated.currency', 'dated.happened_day') }} as eur,
        {{ in_eur('dated.amount_max', 'dated.currency', 'dated.happened_day') }} as eur_max
    from dated
)

select
    record_id,
    source_id,
    changed_capture_id as capture_id,
    changed_locator as locator,
    known_from,
    is_sample,
    claim_id,
    event_id,
    organisation,
    actor_id,
    country,
    parties,
    instrument,
    round,
    topic,
    amount,
    amount_max,
    currency,
    amount_kind,
    happened_on,
    happened_from,
    happened_day,
    day_kind,
    part_of,
    same_as,
    supersedes,
    superseded_by is null as stands,
    superseded_by,
    eur,
    eur_max,
    {{ eur_missing_because('eur', 'amount', 'currency', 'happened_day') }} as eur_missing_because,
    said_by,
    said_where,
    said_on,
    page_url,
    coalesce(is_reviewed, false) as is_reviewed,
    reviewed_on,
    note
from converted
