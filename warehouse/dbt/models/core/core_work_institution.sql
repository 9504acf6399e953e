-- The institutions of Luxembourg in each work, with their shares: what an institution did before another took its place
-- counts for the one that stands for it today.
with part as (
    select
        record_id,
        publication_year,
        is_counted,
        is_sample,
        unnest(map_entries(institution_shares)) as entry
    from {{ ref('core_work') }}
),

organisation as (
    select
        organisation_id,
        name,
        stands_for_id
    from {{ ref('core_organisation') }}
),

counted as (
    select
        part.record_id,
        coalesce(organisation.stands_for_id, part.entry.key) as institution_id,
        part.publication_year,
        sum(part.entry.value) as share,
        part.is_counted,
        part.is_sample
    from part
    left join organisation on part.entry.key = organisation.organisation_id
    group by all
)

select
    counted.record_id,
    counted.institution_id,
    named.name as institution,
    counted.publication_year,
    counted.share,
    counted.is_counted,
    counted.is_sample
from counted
left join organisation as named on counted.institution_id = named.organisation_id
