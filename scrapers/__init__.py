"""Collecting: source registry, spiders, the archive, decoders, quarantine, record models, the sample.

Never here: Dagster, DuckDB, spaCy, or anything of the other rooms.
"""
