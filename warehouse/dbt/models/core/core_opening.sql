-- One row for each opening in Luxembourg: one posting once. Its text, class and sector are those of the posting seen
-- first; it is open as long as one of its postings is.
with posting as (
    select * from {{ ref('core_posting') }}
),

life as (
    select
        member.opening_id,
        min(posting.opened_on) as opened_on,
        min(posting.first_seen_on) as first_seen_on,
        max(posting.last_seen_on) as last_seen_on,
        case when count(*) = count(posting.closed_on) then max(posting.closed_on) end as closed_on,
        count(*) as postings
    from {{ ref('core_opening_member') }} as member
    inner join posting on member.record_id = posting.record_id
    group by member.opening_id
)

select
    life.opening_id,
    posting.source_id,
    posting.board_id,
    posting.capture_id,
    posting.known_from,
    posting.is_sample,
    posting.employer_key,
    posting.is_remote,
    life.opened_on,
    life.first_seen_on,
    life.last_seen_on,
    life.closed_on,
    life.postings,
    posting.text_sha256,
    cast({{ quarter_index('life.opened_on') }} as integer) as quarter_index,
    coverage.board_id is not null and not posting.is_left_truncated as is_covered,
    classified.lang,
    classified.ai_class,
    classified.is_ai,
    coalesce(declared.nace_section, classified.sector, 'unknown') as nace_section,
    classified.occupation as isco_major,
    classified.skills,
    classified.languages_required
from life
inner join posting on life.opening_id = posting.record_id
left join {{ ref('stg_classified') }} as classified on posting.text_sha256 = classified.text_sha256
left join {{ ref('stg_board') }} as declared
    on
        posting.source_id = declared.source_id
        and posting.board_id = declared.board_id
left join {{ ref('core_board_quarter') }} as coverage
    on
        posting.source_id = coverage.source_id
        and posting.board_id = coverage.board_id
        and {{ quarter_index('life.opened_on') }} = coverage.quarter_index
