{# Keeps the SQL of each model as it ran, so that a release can show the version that made its numbers. #}
{% macro keep_model_sql(results) %}
    {%- if execute and results -%}
        create schema if not exists marts;
        create table if not exists marts.model_sql (model varchar, sql varchar);
        {%- for result in results if result.node.resource_type == 'model' and result.node.compiled_code %}
        delete from marts.model_sql where model = '{{ result.node.name }}';
        insert into marts.model_sql
        values ('{{ result.node.name }}', '{{ result.node.compiled_code | trim | replace("'", "''") }}');
        {%- endfor %}
    {%- endif -%}
{% endmacro %}
