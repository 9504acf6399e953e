"""Which job ads advertise one opening: copies on other portals, reposts, clones for several towns, variants.

Belongs here: the comparison of ads (candidates by MinHash, then rules) and the naming of what two of them are to each
other. Never here: reading of titles and texts into numbers (duplicate_text.py), translations (translations.py), files
(duplicate_store.py). A pure function from frame to frame; equal ads in any order give equal clusters.

Method: sentences that an employer repeats under many titles are boilerplate and left out; what is left are sets of word
triples, compared exactly (Jaccard) for ads of one employer and one title. Candidates among many come from MinHash
signatures in bands (Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import rensa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from models.duplicate_text import Hashes, Numbers, Texts, duplicate_data, ranges, read_texts, title_words, town
from models.entities import employer_key
from models.relations import DISTINCT, relation_of
from models.translations import translations

COLUMNS = ("record_id", "cluster_id", "canonical_id", "relation", "similarity", "translation_of", "evidence")
_PERMUTATIONS, _BAND = 128, 4  # 32 bands of 4: two texts that share 0.55 of their items meet with 0.95, 0.7 with 0.9998
_ALL_PAIRS = 8  # so few texts under one title are compared each with each
_NEIGHBOURS = 3  # in a bucket of many, each is compared with so many that follow it
_SEED = 20250601
_HIDDEN_SHARE, _HIDDEN_ITEMS = 0.9, 30  # an ad that hides its employer must say nearly the same, and enough of it


@dataclass(frozen=True)
class _Ads:
    """Distinct ads: one row for each employer, title and text (and place, where there is no text)."""

    employer: Numbers  # code; -1: the ad does not say
    title: Numbers  # code of the words of the title in one order
    spelt: Numbers  # code of the title's letters without blanks
    texts: Texts
    sentence: Numbers  # numbers of the sentences of all ads, one ad after the other
    start: Numbers  # where those of each ad start
    own: npt.NDArray[np.bool_]  # which of them are no boilerplate

    def items(self, ad: int, whole: bool) -> Hashes:
        """The distinct items of an ad, ordered: of the whole text, or without boilerplate."""
        part = slice(self.start[ad], self.start[ad + 1])
        sentences = self.sentence[part] if whole else self.sentence[part][self.own[part]]
        return np.unique(self.texts.items(sentences))

    def compared(self, one: int, other: int, whole: bool = False) -> tuple[float, float, int]:
        """(shared part of all items, shared part of the shorter text's items, items of the shorter text)."""
        a, b = self.items(one, whole), self.items(other, whole)
        least = min(len(a), len(b))
        if least == 0:
            return 0.0, 0.0, 0
        shared = len(np.intersect1d(a, b, assume_unique=True))
        return shared / (len(a) + len(b) - shared), shared / least, least


def find_duplicates(frame: pd.DataFrame, *, apart_by_time: bool = True) -> pd.DataFrame:
    """Clusters of ads that advertise one opening.

    ``frame`` has one row a posting: ``record_id`` (unique), ``employer``, ``title``, ``text``, optionally ``place``,
    ``lang``, ``source_id``, and ``first_seen_on`` with ``last_seen_on`` (dates; without them time plays no part).

    Gives one row a posting, ordered by ``record_id``, with the columns of ``COLUMNS``: ``cluster_id`` is the smallest
    record id of its cluster, ``canonical_id`` the posting seen first, ``relation`` what the posting is to that
    (``distinct`` for the posting itself; ``repost``, ``portal_copy``, ``multi_city``, ``gender_variant``,
    ``status_variant``; ``translation`` for a posting in a cluster of its own that says in another language what the
    cluster ``translation_of`` says), ``similarity`` the shared part of the two texts, 0 to 1. An ad that comes back
    after ``repost_days`` opens a cluster of its own, unless ``apart_by_time`` is False: then that is for the caller to
    tell. Raises ValueError if record ids are not unique.
    """
    if frame["record_id"].duplicated().any():
        raise ValueError("record_id is not unique")
    rows = _filled(frame)
    if rows.empty:
        return pd.DataFrame({name: pd.Series(dtype="float64" if name == "similarity" else "str") for name in COLUMNS})
    ads, ad_of = _distinct(rows)
    group = _components(len(ads.employer), _same(ads))[ad_of]
    rows["cluster"] = _clusters(rows, group, apart_by_time)
    rows["ad"] = ad_of
    return _told(rows, ads)


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    rows = pd.DataFrame({"record_id": frame["record_id"].astype(str)})
    for name in ("employer", "title", "text", "place", "lang", "source_id"):
        values = frame[name] if name in frame else pd.Series("", index=frame.index)
        rows[name] = values.astype(object).where(values.notna(), "")
    for name in ("first_seen_on", "last_seen_on"):
        rows[name] = pd.to_datetime(frame[name], utc=False) if name in frame else pd.NaT
    rows["last_seen_on"] = rows["last_seen_on"].fillna(rows["first_seen_on"])
    return rows.sort_values("record_id", ignore_index=True)


def _distinct(rows: pd.DataFrame) -> tuple[_Ads, Numbers]:
    """The distinct ads of the rows, and the ad of each row."""
    employers = {name: employer_key(name) for name in rows["employer"].unique()}
    employer, _ = pd.factorize(rows["employer"].map(employers).replace("", None))
    told = [title_words(title, place) for title, place in zip(rows["title"], rows["place"], strict=True)]
    title, _ = pd.factorize(pd.Series([" ".join(sorted(words)) for words in told], dtype=object))
    spelt, _ = pd.factorize(pd.Series(["".join(words) for words in told], dtype=object))
    text, texts = pd.factorize(rows["text"])
    read = read_texts(texts, rows["place"].unique())
    sentences = np.diff(read.text_start)
    # Where no text says more, the place is all that tells two ads of one title apart.
    silent = (read.sizes() < duplicate_data().least_items)[text]
    place, _ = pd.factorize(pd.Series([" ".join(sorted(town(name))) for name in rows["place"]], dtype=object))
    # And where no employer is said either, nothing makes them one.
    nobody = np.where(silent & (employer < 0), -2 - np.arange(len(rows)), -1)
    parts = {
        "e": employer,
        "t": title,
        "s": spelt,
        "x": np.where(silent, nobody, text),
        "p": np.where(silent, place, -1),
    }
    ad = np.asarray(pd.DataFrame(parts).groupby(list(parts), sort=False).ngroup(), dtype=np.int64)
    first = np.unique(ad, return_index=True)[1]
    employer, title, spelt, text = employer[first], title[first], spelt[first], text[first]
    owner = np.repeat(np.arange(len(first)), sentences[text])
    sentence = ranges(read.text_start[:-1][text], sentences[text])
    own = ~_boilerplate(read.key[sentence], employer[owner], title[owner])
    start = np.concatenate(([0], np.cumsum(sentences[text])))
    return _Ads(employer, title, spelt, read, sentence, start, own), ad


def _boilerplate(sentence: Hashes, employer: Numbers, title: Numbers) -> npt.NDArray[np.bool_]:
    """Which sentences (one row each, with employer and title of its ad) an employer repeats under many titles."""
    data = duplicate_data()
    rows = pd.DataFrame({"sentence": sentence, "employer": employer, "title": title})
    known = rows[rows["employer"] >= 0]
    titles = known.drop_duplicates(["employer", "title"]).groupby("employer").size()
    uses = known.drop_duplicates().groupby(["employer", "sentence"]).size().rename("titles").reset_index()
    least = np.maximum(data.boilerplate_titles, np.ceil(uses["employer"].map(titles) * data.boilerplate_share))
    repeated = pd.MultiIndex.from_frame(uses.loc[uses["titles"] >= least, ["employer", "sentence"]])
    shells = uses.groupby("sentence").size()
    shell = set(shells.index[shells >= data.boilerplate_employers])
    own = pd.MultiIndex.from_arrays([employer, sentence]).isin(repeated)
    return np.asarray(own | pd.Series(sentence).isin(shell).to_numpy())


def _same(ads: _Ads) -> list[tuple[int, int]]:
    """Pairs of distinct ads that advertise one job."""
    data = duplicate_data()
    found: list[tuple[int, int]] = []
    hidden: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for one, other in _candidates(ads):
        jaccard, contained, least = ads.compared(one, other)
        if least < data.least_items:  # all is boilerplate: the whole text must be the same
            jaccard, contained, least = ads.compared(one, other, whole=True)
            if jaccard < _HIDDEN_SHARE:
                continue
        same_title = ads.title[one] == ads.title[other] or ads.spelt[one] == ads.spelt[other]
        if ads.employer[one] == ads.employer[other] >= 0:
            cut = contained >= data.cut_text and least >= data.cut_words
            if same_title and (jaccard >= data.same_text or cut):
                found.append((one, other))
        elif same_title and jaccard >= _HIDDEN_SHARE and least >= _HIDDEN_ITEMS:
            for ad, met in ((one, other), (other, one)):
                if ads.employer[ad] < 0:
                    hidden[ad].append((int(ads.employer[met]), met))
    return found + _of_hidden(hidden)


def _of_hidden(hidden: dict[int, list[tuple[int, int]]]) -> list[tuple[int, int]]:
    """Pairs with ads that do not say their employer, from the (employer, ad) that each of them met.

    Such an ad belongs to the one employer that says the same, if it is only one; else to its like, never to both.
    """
    found: list[tuple[int, int]] = []
    employers = {ad: {employer for employer, _ in met if employer >= 0} for ad, met in hidden.items()}
    for ad, met in hidden.items():
        for employer, other in met:
            alone = employer < 0 and not employers[ad] | employers[other]
            if alone or employers[ad] == {employer}:
                found.append((ad, other))
    return found


def _candidates(ads: _Ads) -> list[tuple[int, int]]:
    """Pairs worth comparing, each once, smaller number first. Their number grows with the ads, not with its square."""
    pairs: set[tuple[int, int]] = set()
    many: npt.NDArray[np.bool_] = np.zeros(len(ads.employer), dtype=bool)
    under = pd.DataFrame({"employer": ads.employer, "title": ads.title}).groupby(["employer", "title"]).indices
    for group in under.values():
        members = np.asarray(group)
        if 1 < len(members) <= _ALL_PAIRS:
            pairs.update((int(a), int(b)) for i, a in enumerate(members) for b in members[i + 1 :])
        elif len(members) > _ALL_PAIRS:
            many[members] = True
    # Titles that differ by a blank, and ads that hide their employer, meet by their texts.
    spelt = pd.DataFrame({"employer": ads.employer, "spelt": ads.spelt, "title": ads.title})
    many |= np.asarray(spelt.groupby(["employer", "spelt"])["title"].transform("nunique") > 1)
    titles_of_hidden = np.unique(ads.title[ads.employer < 0])
    wanted = many | np.isin(ads.title, titles_of_hidden)
    if not wanted.any():
        return sorted(pairs)
    chosen = np.flatnonzero(wanted)
    bands = _bands(ads, chosen)
    for key, members in (
        (ads.employer[chosen], many[chosen]),
        (-2 - ads.title[chosen], np.isin(ads.title[chosen], titles_of_hidden)),
    ):
        rows = np.flatnonzero(members)
        if len(rows) < 2:
            continue
        for band in bands.T:
            pairs |= _neighbours(chosen[rows], band[rows], key[rows], ads.title[chosen[rows]])
    return sorted(pairs)


def _bands(ads: _Ads, chosen: Numbers) -> Hashes:
    """One number for each band of the signatures of the chosen ads: (ads, bands)."""
    items = [ads.items(int(ad), whole=False) for ad in chosen]
    offsets = np.concatenate(([0], np.cumsum([len(each) for each in items]))).astype(np.uint64)
    taken = np.concatenate(items)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(taken, offsets, num_perm=_PERMUTATIONS, seed=_SEED)
    signature = np.array(matrix.to_rows(), dtype=np.uint64).reshape(len(chosen), _PERMUTATIONS // _BAND, _BAND)
    mixed = np.zeros(signature.shape[:2], dtype=np.uint64)
    for row in range(_BAND):
        mixed = (mixed ^ signature[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
    return mixed


def _neighbours(ads: Numbers, band: Hashes, key: Numbers, title: Numbers) -> set[tuple[int, int]]:
    """Pairs of ads in one bucket: equal band and key. In a bucket, those of one title stand together."""
    order = np.lexsort((ads, title, key, band))
    ads, band, key = ads[order], band[order], key[order]
    pairs: set[tuple[int, int]] = set()
    for step in range(1, _NEIGHBOURS + 1):
        met = np.flatnonzero((band[step:] == band[:-step]) & (key[step:] == key[:-step]))
        low, high = np.minimum(ads[met], ads[met + step]), np.maximum(ads[met], ads[met + step])
        pairs.update(zip(low.tolist(), high.tolist(), strict=True))
    return pairs


def _components(size: int, pairs: list[tuple[int, int]]) -> Numbers:
    """A number for the connected group of each ad."""
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), dtype=bool), (ends[:, 0], ends[:, 1])), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _clusters(rows: pd.DataFrame, group: Numbers, apart_by_time: bool) -> pd.Series:
    """The cluster of each row, named by its smallest record id: an ad that comes back too late opens a new one."""
    if not apart_by_time:
        return rows["record_id"].groupby(group).transform("min")
    window = pd.Timedelta(days=duplicate_data().repost_days)
    lives = rows.assign(group=group).sort_values(["group", "first_seen_on", "record_id"], na_position="first")
    ended = lives.groupby("group")["last_seen_on"].cummax().groupby(lives["group"]).shift()
    late = lives["first_seen_on"] > ended + window
    turn = late.groupby(lives["group"]).cumsum()
    named: pd.Series = lives.groupby([lives["group"], turn])["record_id"].transform("min")
    return named.reindex(rows.index)


def _told(rows: pd.DataFrame, ads: _Ads) -> pd.DataFrame:
    """What each posting is to the one of its cluster that was seen first."""
    ordered = rows.sort_values(["first_seen_on", "record_id"])
    canonical = ordered.drop_duplicates("cluster").set_index("cluster")
    rows["canonical_id"] = rows["cluster"].map(canonical["record_id"])
    relation, evidence, similarity = [DISTINCT] * len(rows), [""] * len(rows), [1.0] * len(rows)
    firsts: dict[str, Any] = {str(row.record_id): row for row in canonical.itertuples()}
    for position, row in enumerate[Any](rows.itertuples()):
        first = firsts[row.canonical_id]
        if row.record_id == first.record_id:
            continue
        relation[position], evidence[position] = relation_of(first, row)
        if row.ad != first.ad:
            similarity[position] = round(ads.compared(first.ad, row.ad, whole=True)[0], 4)
    told = rows.assign(
        cluster_id=rows["cluster"], relation=relation, similarity=similarity, translation_of=None, evidence=evidence
    )
    for cluster, (other, why) in translations(canonical.reset_index()).items():
        where = told["cluster_id"] == cluster
        told.loc[where, "translation_of"] = other
        told.loc[where & (told["relation"] == DISTINCT), ["relation", "evidence"]] = ["translation", why]
    return told[list(COLUMNS)]
