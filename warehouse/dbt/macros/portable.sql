{# Everything that only DuckDB knows sits here, so that a second adapter has one file to translate. #}

{# A canonical dimension map as JSON text: keys sorted, so equal maps are equal strings. #}
{% macro dims(pairs) -%}
    {%- if pairs -%}
        cast(json_object(
            {%- for key in pairs | sort -%} '{{ key }}', {{ pairs[key] }}{{ ', ' if not loop.last }} {%- endfor -%}
        ) as varchar)
    {%- else -%} '{}' {%- endif -%}
{%- endmacro %}

{# The same as a map, for whoever reads a release. #}
{% macro as_map(json_text) -%}
    cast(cast({{ json_text }} as json) as map(varchar, varchar))
{%- endmacro %}

{# Rows of the project's own sample stand in only while a relation holds no genuine row. #}
{% macro without_stand_in(relation) -%}
    select * from {{ relation }} where is_sample = (select bool_and(is_sample) from {{ relation }})
{%- endmacro %}

{# The rows of ``without_stand_in`` that count: of a part (``part``: an expression over ``record``) that gave far less than
   usual at a crawl, that crawl's records are not used, and its last good ones stay in force. A part without a name is
   the whole source. #}
{% macro in_force(relation, part) -%}
    select record.* from ({{ without_stand_in(relation) }}) as record
    left join {{ source('raw', 'held') }} as held
        on
            record.source_id = held.source_id
            and record.crawl_id = held.crawl_id
            and held.part in ('', {{ part }})
    where held.crawl_id is null
{%- endmacro %}

{# A publisher's status as flags in one spelling: small letters, c for whatever is said behind the bar of
   confidentiality, nothing for a normal value (A) or one that is free for publication (F). #}
{% macro flags_of(status) -%}
    (
        lower(replace(split_part(coalesce({{ status }}, ''), '|', 1), 'A', ''))
        || case when split_part(coalesce({{ status }}, ''), '|', 2) in ('', 'F') then '' else 'c' end
    )
{%- endmacro %}

{# Calendar quarters: a running number to count with, and the label that is published. #}
{% macro quarter_index(day) -%}
    (extract(year from {{ day }}) * 4 + extract(quarter from {{ day }}) - 1)
{%- endmacro %}

{% macro quarter_label(index) -%}
    (cast({{ index }} // 4 as varchar) || '-Q' || cast({{ index }} % 4 + 1 as varchar))
{%- endmacro %}

{% macro quarter_start(index) -%}
    make_date({{ index }} // 4, ({{ index }} % 4) * 3 + 1, 1)
{%- endmacro %}

{# Lower case without accents. #}
{% macro plain(text) -%}
    strip_accents(lower(coalesce({{ text }}, '')))
{%- endmacro %}

{# An employer's name without legal form and punctuation. #}
{% macro employer_key(name) -%}
    trim(regexp_replace(regexp_replace(
        regexp_replace({{ plain(name) }}, '[^a-z0-9&]+', ' ', 'g'),
        ' (s a r l|sarl s|s a s|s c a|s c s|s e n c|a s b l|s e|s a|sarl|asbl|gmbh|ltd|llc|inc|plc|ag|sas|scs|sca|sa|se|gie)$',
        '', 'g'), ' +', ' ', 'g'))
{%- endmacro %}

{# A title without tags and entities of HTML or MathML. #}
{% macro folded_html(text) -%}
    regexp_replace(regexp_replace(coalesce({{ text }}, ''), '<[^<>]*>', ' ', 'g'), '&(#[0-9]+|#x[0-9a-fA-F]+|[a-zA-Z]+);', ' ', 'g')
{%- endmacro %}

{# The catalogue that a format is of: formats of one catalogue begin alike. #}
{% macro catalogue_of(format) -%}
    case
        {%- for name in var('catalogue_order') %} when starts_with({{ format }}, '{{ name }}') then '{{ name }}'{% endfor %}
        else {{ format }}
    end
{%- endmacro %}

{# The place of a catalogue in the order in which their words are taken. #}
{% macro catalogue_rank(catalogue) -%}
    coalesce(list_position({{ var('catalogue_order') }}, {{ catalogue }}), 99)
{%- endmacro %}
