"""The table of formats: which decoder reads what, and how well the format is known.

Belongs here: one line a format. Never here: how a format is read (``scrapers/decoders``). Decoders are imported when
they are first used: a command that decodes a feed need not load a reader of PDF.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cached_property

from scrapers.decoders.base import DecodeContext, Decoded, Decoder

UNVERIFIED = "no real payload of it was seen: written from documentation and public code"


@dataclass(frozen=True)
class Format:
    """A decoder by the name of its module in ``scrapers.decoders``; called as the decoder itself."""

    module: str
    verified: bool  # tried on real payloads; else see UNVERIFIED

    @cached_property
    def _decoder(self) -> Decoder:
        found: Decoder = importlib.import_module(f"scrapers.decoders.{self.module}").decode
        return found

    def __call__(self, body: bytes, context: DecodeContext) -> Decoded:
        return self._decoder(body, context)


def _seen(module: str) -> Format:
    return Format(module, verified=True)


def _unseen(module: str) -> Format:
    return Format(module, verified=False)


FORMATS: dict[str, Format] = {
    # Official statistics
    "jsonstat": _seen("jsonstat"),
    "sdmx-json": _seen("sdmx_json"),
    "sdmx-csv": _seen("sdmx_csv"),
    "sdmx-ml": _seen("sdmx_ml"),
    "eurostat-tsv": _unseen("eurostat_tsv"),
    "eurostat-rss": _unseen("eurostat_rss"),
    "udata": _seen("udata"),
    "adem": _unseen("adem"),
    "ecb-fx": _unseen("ecb_fx"),
    "cssf-review-pdf": _unseen("cssf_review"),
    "indeed-ai-tracker": _seen("indeed"),
    # Job postings
    "jobposting-html": _seen("jobposting_html"),
    "greenhouse": _seen("greenhouse"),
    "lever": _seen("lever"),
    "smartrecruiters": _seen("smartrecruiters"),
    "workable": _seen("workable"),
    "ashby": _seen("ashby"),
    "recruitee": _seen("recruitee"),
    "teamtailor": _seen("teamtailor"),
    "personio": _seen("personio"),
    "workday": _seen("workday"),
    "bamboohr": _seen("bamboohr"),
    "successfactors": _unseen("successfactors"),
    "skeeled": _unseen("skeeled"),
    "govjobs": _unseen("govjobs"),
    "eures": _seen("eures"),
    "arbeitnow": _seen("arbeitnow"),
    "themuse": _unseen("themuse"),
    # Research, funding, news
    "openalex": _seen("openalex"),
    "arxiv-atom": _seen("arxiv_atom"),
    "oai-dc": _seen("oai_dc"),
    "cordis-csv": _seen("cordis_csv"),
    "cordis-json": _unseen("cordis_json"),
    "cordis-xml": _seen("cordis_xml"),
    "erc": _seen("erc"),
    "fnr": _unseen("fnr"),
    "eu-portal": _seen("eu_portal"),
    "kohesio": _seen("kohesio"),
    "feed": _seen("feed"),
    # The project's own lists
    "curated": _seen("curated"),
    # Registers of research, training on offer
    "crossref": _seen("crossref"),
    "semantic-scholar": _seen("semantic_scholar"),
    "ror": _seen("ror"),
    "course-html": _unseen("course_html"),
    # Public procurement and law
    "ted-eforms": _seen("ted_eforms"),
    "ted-search": _seen("ted_search"),
    "legilux": _unseen("legilux"),
    "chamber": _unseen("chamber"),
    "wp-posts": _unseen("wp_posts"),
    "cssf-page": _seen("cssf_page"),
}
