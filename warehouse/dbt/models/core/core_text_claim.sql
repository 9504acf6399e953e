-- Sums of money that a machine read in announcements, one row a sum and announcement, in euro of the day that the
-- sentence names, else of the day of publication. They are candidates for review with the basis "text": no sum of
-- funding events (core_funding_event) is made of them.
with claim as (
    select
        announcement.record_id,
        announcement.source_id,
        announcement.capture_id,
        announcement.locator,
        announcement.known_from,
        announcement.is_sample,
        announcement.published_on,
        announcement.is_ai,
        said.*,
        case
            when length(said.happened_on) = 10 then try_cast(said.happened_on as date)
            when said.happened_on is null then announcement.published_on
        end as rate_day
    from {{ ref('core_announcement') }} as announcement
    inner join {{ ref('stg_text_claim') }} as said
        on
            announcement.text_sha256 = said.text_sha256
            and coalesce(strftime(timezone('UTC', announcement.published_at), '%Y-%m-%d'), '')
            = coalesce(said.read_for_day, '')
),

converted as (
    select
        claim.*,
        {{ in_eur('claim.amount', 'claim.currency', 'claim.rate_day') }} as eur,
        {{ in_eur('claim.amount_max', 'claim.currency', 'claim.rate_day') }} as eur_max
    from claim
)

select
    record_id,
    claim_no,
    source_id,
    capture_id,
    locator,
    known_from,
    is_sample,
    text_sha256,
    published_on,
    is_ai,
    'text' as basis,
    part,
    start_at,
    end_at,
    phrase,
    sentence,
    amount,
    amount_max,
    currency,
    is_currency_assumed,
    eur,
    eur_max,
    {{ eur_missing_because('coalesce(eur, eur_max)', 'coalesce(amount, amount_max)', 'currency', 'rate_day') }}
        as eur_missing_because,
    precision,
    times,
    is_each,
    amount_kind,
    is_event,
    status,
    round,
    instrument,
    organisations,
    givers,
    lead_giver,
    date_written,
    happened_on,
    equivalents,
    repeats,
    rules,
    model_version
from converted
