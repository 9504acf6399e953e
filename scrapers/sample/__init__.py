"""The bundled sample: published figures laid out as Eurostat lays them out, and generated ads of invented employers.

Belongs here: facts with their sources, phrase material, the generator, its truth file. Never here: copied answers or
ads, figures without evidence, names of real employers or people.
"""

from scrapers.sample.build import DEFAULT_SEED, SAMPLE_VERSION, SampleConflictError, SampleReport, build

__all__ = ["DEFAULT_SEED", "SAMPLE_VERSION", "SampleConflictError", "SampleReport", "build"]
