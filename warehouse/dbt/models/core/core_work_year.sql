-- The years of publication that works speak of, and when the catalogue was last read whole for each: until some months
-- after its end works of a year are still being added, and its figures are provisional.
select
    publication_year,
    coalesce(
        max(crawled_at) filter (where is_complete) < make_date(
            publication_year + 1, {{ var('works_complete_from_month') }}, 1
        ),
        true
    ) as is_provisional
from (
    select
        cast(publication_year as integer) as publication_year,
        crawled_at,
        is_complete
    from {{ ref('stg_research_output') }}
    where publication_year is not null
) as reading
group by publication_year
