"""Dagster definitions and the command line: wiring only. Never here: parsing, SQL, HTML, statistics."""
