-- The institutions of Luxembourg in each work, with their shares: what an institution did before another took its place
-- counts for the one that stands for it today. Bodies of the European Union that have their seat here are marked.
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
        coalesce(register.organisation_id, lineage.organisation_id) as organisation_id,
        coalesce(register.name, lineage.name) as name,
        coalesce(lineage.stands_for_id, register.stands_for_id) as stands_for_id,
        coalesce(lineage.is_eu_body, false) as is_eu_body
    from {{ ref('core_organisation') }} as register
    full join {{ ref('stg_lineage') }} as lineage on register.organisation_id = lineage.organisation_id
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
    coalesce(named.is_eu_body, false) as is_eu_body,
    counted.publication_year,
    counted.share,
    counted.is_counted,
    counted.is_sample
from counted
left join organisation as named on counted.institution_id = named.organisation_id
