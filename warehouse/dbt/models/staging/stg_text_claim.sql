-- One row for each sum of money that a machine read in the prose of an announcement, once for each text and day of
-- publication.
with text as (
    select
        text_sha256,
        published_on,
        claims,
        model_version
    from {{ source('raw', 'text_claim') }}
    qualify row_number() over (partition by text_sha256, published_on order by file) = 1
),

claim as (
    select
        text_sha256,
        published_on,
        model_version,
        unnest(json_extract(claims, '$[*]')) as item
    from text
)

select
    text_sha256,
    published_on as read_for_day,
    cast(json_extract_string(item, '$.claim_no') as integer) as claim_no,
    json_extract_string(item, '$.part') as part,
    cast(json_extract_string(item, '$.start_at') as integer) as start_at,
    cast(json_extract_string(item, '$.end_at') as integer) as end_at,
    json_extract_string(item, '$.phrase') as phrase,
    json_extract_string(item, '$.sentence') as sentence,
    cast(json_extract_string(item, '$.amount') as double) as amount,
    cast(json_extract_string(item, '$.amount_max') as double) as amount_max,
    json_extract_string(item, '$.currency') as currency,
    cast(json_extract_string(item, '$.currency_assumed') as boolean) as is_currency_assumed,
    json_extract_string(item, '$.precision') as precision,
    cast(json_extract_string(item, '$.times') as integer) as times,
    cast(json_extract_string(item, '$.is_each') as boolean) as is_each,
    json_extract_string(item, '$.kind') as amount_kind,
    cast(json_extract_string(item, '$.is_event') as boolean) as is_event,
    json_extract_string(item, '$.status') as status,
    json_extract_string(item, '$.round') as round,
    json_extract_string(item, '$.instrument') as instrument,
    json_extract_string(item, '$.organisations[*]') as organisations,
    json_extract_string(item, '$.givers[*]') as givers,
    json_extract_string(item, '$.lead') as lead_giver,
    json_extract_string(item, '$.date_written') as date_written,
    json_extract_string(item, '$.happened_on') as happened_on,
    cast(json_extract(item, '$.equivalents') as varchar) as equivalents,
    cast(json_extract_string(item, '$.repeats') as integer) as repeats,
    json_extract_string(item, '$.rules[*]') as rules,
    model_version
from claim
