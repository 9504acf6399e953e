{# Records that are read again and again: each reading with its crawl, the last one, and since when it says what it says. #}

{# Every reading of a relation of raw records, with the time of its crawl and whether that crawl read everything, which a
   source that brings increments never does; of what is held back nothing, where ``part`` says to which part of its
   source a record belongs. #}
{% macro readings_of(relation, part=none) -%}
    select
        record.*,
        coalesce(crawl.started_at, record.retrieved_at) as crawled_at,
        coalesce(crawl.complete, false) and coalesce(registry.reads, 'whole') = 'whole' as is_complete
    from (
        {% if part is none %}{{ without_stand_in(relation) }}{% else %}{{ in_force(relation, part) }}{% endif %}
    ) as record
    left join {{ source('raw', 'crawl') }} as crawl
        on
            record.source_id = crawl.source_id
            and record.crawl_id = crawl.crawl_id
    left join {{ source('raw', 'source') }} as registry on record.source_id = registry.source_id
{%- endmacro %}

{# Since when each record has said what it says now: reading it again unchanged moves nothing. ``said`` is the hash of
   what counts in a reading. #}
{% macro known_since(readings) -%}
    select
        record_id,
        max_by(retrieved_at, (crawled_at, crawl_id)) as known_from,
        max_by(capture_id, (crawled_at, crawl_id)) as capture_id,
        max_by(locator, (crawled_at, crawl_id)) as locator
    from (
        select
            *,
            lag(record_id) over life is null as is_first,
            lag(said) over life as said_before
        from {{ readings }}
        window life as (partition by record_id order by crawled_at, crawl_id)
    ) as marked
    where is_first or said is distinct from said_before
    group by record_id
{%- endmacro %}

{# The last reading of each record. Of what is listed by ``whole`` (a column), a record that a later whole reading, told
   from all ``listed`` readings, does not hold any more is gone. #}
{% macro last_readings(readings, listed, whole) -%}
    select reading.*
    from {{ readings }} as reading
    left join (
        select
            source_id,
            {{ whole }},
            max(crawled_at) as read_at
        from {{ listed }}
        where is_complete
        group by source_id, {{ whole }}
    ) as complete
        on
            reading.source_id = complete.source_id
            and reading.{{ whole }} = complete.{{ whole }}
    qualify
        row_number() over (
            partition by reading.record_id
            order by reading.crawled_at desc, reading.crawl_id desc
        ) = 1
        and (complete.read_at is null or reading.crawled_at >= complete.read_at)
{%- endmacro %}

{# The last reading of each record that was ever listed: ``is_listed`` is false for one that a later whole reading, told
   from all ``listed`` readings, does not hold any more. For what stays true when it leaves a list. #}
{% macro kept_readings(readings, listed, whole) -%}
    select
        reading.*,
        complete.read_at is null or reading.crawled_at >= complete.read_at as is_listed
    from {{ readings }} as reading
    left join (
        select
            source_id,
            {{ whole }} as listed_by,
            max(crawled_at) as read_at
        from {{ listed }}
        where is_complete
        group by all
    ) as complete
        on
            reading.source_id = complete.source_id
            and reading.{{ whole }} = complete.listed_by
    qualify
        row_number() over (
            partition by reading.record_id
            order by reading.crawled_at desc, reading.crawl_id desc
        ) = 1
{%- endmacro %}
