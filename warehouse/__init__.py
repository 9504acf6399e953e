"""The dbt project, load, estimators, releases and provenance; ``warehouse.reading`` is what faces share.

Never here: Dagster, Streamlit, or anything of the other rooms.
"""
