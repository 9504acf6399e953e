-- Restricted: each refused piece of each archived answer once, with its reason in words and when it was seen.
select
    source_id,
    record_kind,
    reason,
    capture_id,
    locator,
    any_value(detail order by crawl_id) as detail,
    any_value(url order by crawl_id) as url,
    min(crawl_id) as crawl_id,
    min(retrieved_at) as first_seen_at,
    max(retrieved_at) as last_seen_at,
    cast(count(*) as bigint) as times,
    bool_or(is_sample) as is_sample
from {{ ref('stg_quarantine') }}
group by source_id, record_kind, reason, capture_id, locator
