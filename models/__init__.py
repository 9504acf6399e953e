"""Understanding text: taxonomy, spaCy components, scrubbing, evaluation.

Never here: HTTP, Dagster, the warehouse, or anything of the other rooms. A model is a pure function from a batch to a
batch.
"""
