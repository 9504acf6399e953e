-- Sections partition the openings: their bases and their hits add up to the total of the same period and window.
with cell as (
    select
        period,
        n,
        k,
        json_extract_string(dimensions, '$.nace_section') as nace_section,
        coalesce(json_extract_string(dimensions, '$.window'), '1q') as width
    from {{ ref('ind_t1') }}
    where json_extract_string(dimensions, '$.ai_class') is null
)

select
    period,
    width
from cell
group by period, width
having
    sum(n) filter (where nace_section is null) <> sum(n) filter (where nace_section is not null)
    or sum(k) filter (where nace_section is null) <> sum(k) filter (where nace_section is not null)
