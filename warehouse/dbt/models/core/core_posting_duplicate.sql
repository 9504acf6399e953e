-- Pairs of postings that advertise one opening: same employer, same bare title, lives that overlap or follow each other
-- within the repost window, and texts whose distinct words are nearly the same (cities, references, digits and marks of
-- gender left out, so that clones for several places and E/F/M variants meet); without texts, the same place.
-- One requisition of one source is one opening whatever the title says.
with posting as (
    select
        posting.*,
        {{ plain("trim(split_part(posting.location_raw, ',', 1))") }} as place,
        stored.text
    from {{ ref('core_posting') }} as posting
    left join {{ source('raw', 'posting_text') }} as stored on posting.text_sha256 = stored.text_sha256
),

titled as (
    select
        record_id,
        source_id,
        requisition_id,
        employer_key,
        place,
        text,
        opened_on,
        coalesce(closed_on, last_seen_on) as ended_on,
        {{ bare('title', 'place') }} as title_key
    from posting
),

candidate as (
    select *
    from titled
    qualify
        count(*) over (partition by employer_key, title_key) > 1
        or requisition_id is not null and count(*) over (partition by source_id, requisition_id) > 1
),

worded as (
    select
        * exclude (text),
        list_distinct(list_filter(
            string_split({{ bare('text', 'place') }}, ' '), lambda word: length(word) >= 3
        )) as words
    from candidate
),

pair as (
    select
        earlier.record_id,
        later.record_id as other_id,
        earlier.place = later.place as same_place,
        earlier.words,
        later.words as other_words
    from worded as earlier
    inner join worded as later
        on
            earlier.employer_key = later.employer_key
            and earlier.title_key = later.title_key
            and earlier.record_id < later.record_id
            and later.opened_on <= earlier.ended_on + {{ var('repost_days') }}
            and earlier.opened_on <= later.ended_on + {{ var('repost_days') }}
),

compared as (
    select
        *,
        length(list_intersect(words, other_words)) as shared
    from pair
)

select
    record_id,
    other_id,
    'text' as basis
from compared
where
    case
        when length(words) = 0 and length(other_words) = 0 then same_place
        else shared >= {{ var('same_text_share') }} * (length(words) + length(other_words) - shared)
    end
union
select
    earlier.record_id,
    later.record_id as other_id,
    'requisition' as basis
from worded as earlier
inner join worded as later
    on
        earlier.source_id = later.source_id
        and earlier.requisition_id = later.requisition_id
        and earlier.employer_key = later.employer_key
        and earlier.record_id < later.record_id
        and later.opened_on <= earlier.ended_on + {{ var('repost_days') }}
        and earlier.opened_on <= later.ended_on + {{ var('repost_days') }}
