{# Sums of money in euro of their date. #}

{# ``amount`` in euro at the last reference rate on or before ``day``, at most 7 days old; null where there is none.
   Arguments are expressions without aggregates. #}
{% macro in_eur(amount, currency, day) -%}
    case
        when {{ currency }} = 'EUR' then {{ amount }}
        else {{ amount }} / (
            select max_by(fx.rate, fx.day)
            from {{ ref('core_fx_rate') }} as fx
            where
                fx.currency = {{ currency }}
                and fx.day <= {{ day }}
                and fx.day >= {{ day }} - 7
        )
    end
{%- endmacro %}

{# Why ``in_eur`` (``eur``: what it gave) has no sum; null where it has one. #}
{% macro eur_missing_because(eur, amount, currency, day) -%}
    case
        when {{ eur }} is not null then null
        when {{ amount }} is null then 'no amount'
        when coalesce({{ currency }}, '') = '' then 'no currency'
        when {{ day }} is null then 'no exact day'
        else 'no rate'
    end
{%- endmacro %}

{# Kinds of sums that may be added up: money that was given, raised or contracted. #}
{% macro is_summable(amount_kind) -%}
    ({{ amount_kind }} in ('awarded', 'raised', 'invested', 'contract'))
{%- endmacro %}
