"""SDMX-ML 2.1 and 3.0, generic and structure-specific, to observations; structure messages to codes and dataflows.

Belongs here: how a message lays out data sets, series, groups and structures. Never here: what a cell means
(``sdmx_cells``), what one element says (``sdmx_ml_elements``), how hostile XML is read (``scrapers.safe_xml``).

A message is read in one pass, cell by cell. Generic data name their dimensions. Structure-specific data do not tell
them from attributes: dimensions are those that the source names (``params.dimensions``), else those that order and
names speak for, looked up before the pass, one layout for a whole data set (``sdmx_ml_layout``).

A footer or an error message instead of data is the publisher's error, a footer of code 413 its promise to have the
answer ready later. The header's times say when the answer was made, not when the data were published: they are not
read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, one_line
from scrapers.decoders.eurostat_async import refuse_later
from scrapers.decoders.packed import unpacked
from scrapers.decoders.sdmx import (
    TIME,
    Action,
    action_of,
    named_dataset,
)
from scrapers.decoders.sdmx_cells import Observations
from scrapers.decoders.sdmx_ml_elements import (
    components_of,
    dataset_above,
    generic_cell,
    key_family,
    own,
    referred,
    texts_of,
    values_of,
)
from scrapers.decoders.sdmx_ml_layout import Layout, layouts
from scrapers.decoders.sdmx_structures import Flow, Structures
from scrapers.safe_xml import iterate, local_name

_DATA = frozenset({"DataSet", "Series", "SeriesKey", "Group", "GroupKey", "Attributes", "Obs"})
_STRUCTURE = frozenset({"Code", "ValueItem", "Dataflow"})
_MESSAGE = frozenset({"Header", "Message", "ErrorMessage"})
_SKIPPED = frozenset(
    {
        *("DataStructure", "ConceptScheme", "CategoryScheme", "Categorisation", "ContentConstraint", "DataConstraint"),
        *("AgencyScheme", "ProvisionAgreement", "HierarchicalCodelist", "Hierarchy", "MetadataStructure"),
    }
)
_HEAD = 4096
_MAX_GROUPS = 50_000
_MAX_MASKS = 30


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Observations of a data message; codes and dataflows of a structure message.

    Raises UnreadableError: those of ``unpacked``, what ``safe_xml.iterate`` raises before anything was read,
    not_sdmx_ml, upstream_error, not_ready, no_data, too_many_cells, too_many_deletions.
    """
    body, _ = unpacked(body, ".xml")
    if b"sdmx" not in body[:_HEAD].lower():
        refuse_later(body, context.url)
    return _Message(context).decode(body)


class _Message:
    """One message, as its elements come."""

    def __init__(self, context: DecodeContext) -> None:
        self.context = context
        self.sink = Sink(context, "observation")
        self.cells = Observations(context, self.sink)
        self.structures = Structures(context, self.sink)
        self.root = ""
        self.skipped: Counter[str] = Counter()
        self.references: dict[str, tuple[str, str]] = {}  # id of a structure in the header -> (flow, definition)
        self.layouts: list[Layout] = []
        self.dataset_number = 0
        self.over = ""  # dimension at observation
        self.action: Action = "I"
        self._begin_dataset()

    def decode(self, body: bytes) -> Decoded:
        remarks: list[str] = []
        self.layouts = layouts(body, self.context.url, self.context.params.get("dimensions"))
        try:
            for element in iterate(body, _DATA | _STRUCTURE | _MESSAGE | _SKIPPED, remarks):
                if not self.root:
                    self._begin(element)
                self._element(element)
        except UnreadableError as error:
            if error.reason in ("upstream_error", "not_ready") or not self.sink.records or error.reason != "not_xml":
                raise
            self.sink.reject("end", "cut_off", f"what follows is lost: {error.detail}")
        self.sink.note_all(remarks)
        if not self.root:
            raise UnreadableError("not_sdmx_ml", "XML, but no message of SDMX")
        for name, count in sorted(self.skipped.items()):
            self.sink.note(f"{name} is not read", count)
        if self.skipped and not self.sink.records and not self.sink.rejects:
            raise UnreadableError("no_data", f"neither data nor codes nor dataflows; {', '.join(sorted(self.skipped))}")
        self.cells.finish()
        return self.sink.decoded()

    def _begin(self, element: Any) -> None:
        top = element.getroottree().getroot()
        space = str(top.tag).rpartition("}")[0].lower()
        self.root = local_name(top)
        if "sdmx" not in space and self.root not in ("CompactData", "GenericData"):
            raise UnreadableError("not_sdmx_ml", f"XML, but no message of SDMX: {self.root[:60]}")

    def _element(self, element: Any) -> None:
        name = local_name(element)
        if name == "Header":
            self._header(element)
        elif name in ("Message", "ErrorMessage"):
            self._refusal(element)
        elif name in _SKIPPED:
            if local_name(element.getparent()) != "Structure":  # else a reference to one
                self.skipped[name] += 1
        elif name in ("Code", "ValueItem"):
            self._code(element)
        elif name == "Dataflow":
            self._dataflow(element)
        else:
            self._data(name, element)

    # -- header and errors --------------------------------------------------------------------------------------------

    def _header(self, header: Any) -> None:
        for part in header:
            name = local_name(part)
            if name == "DataSetAction":
                self.action = action_of(part.text)
            elif name == "Test" and (part.text or "").strip().lower() == "true":
                self.sink.note("the message is marked as a test; the .Stat Suite marks public answers so")
            elif name == "Structure":
                self.over = part.get("dimensionAtObservation", "")
                self.references[part.get("structureID", "")] = referred(part)
            elif name == "KeyFamilyRef":  # SDMX 2.0
                self.references[""] = "", (part.text or "").strip()

    def _refusal(self, message: Any) -> None:
        code = message.get("code", "")
        said = one_line(" ".join(text.strip() for text in message.itertext() if text.strip()))
        severity = message.get("severity", "").lower()
        is_footer = local_name(message) == "Message"
        if is_footer and code != "413" and severity in ("information", "infomation", "warning") and self.sink.records:
            self.sink.note(f"the publisher's remark {code}: {said}")
            return
        if code == "413":
            raise UnreadableError("not_ready", f"the publisher prepares the answer for later: {said}")
        raise UnreadableError("upstream_error", f"the publisher's message {code}: {said}")

    # -- data ---------------------------------------------------------------------------------------------------------

    def _begin_dataset(self) -> None:
        self._series_key: dict[str, str] = {}
        self._series_attributes: dict[str, str] = {}
        self._obs_attributes: dict[str, str] = {}
        self._group_key: dict[str, str] = {}
        self._dataset_attributes: dict[str, str] = {}
        self._groups: dict[tuple[str, ...], dict[tuple[str, ...], dict[str, str]]] = {}
        self._raw_groups: list[dict[str, str]] = []  # structure-specific: dimensions and attributes in one
        self._group_count = 0
        self._series_count = self._obs_count = self._cell_count = 0
        self._dataset = ""

    def _data(self, name: str, element: Any) -> None:
        inside = local_name(element.getparent()) if element.getparent() is not None else ""
        if name == "SeriesKey":
            self._series_key, self._series_attributes = values_of(element), {}
        elif name == "GroupKey":
            self._group_key = values_of(element)
        elif name == "Attributes":
            said = values_of(element)
            if inside == "Obs":
                self._obs_attributes = said
            elif inside == "Series":
                self._series_attributes = said
            elif inside == "Group":
                self._group(self._group_key, said)
            else:
                self._dataset_attributes = said
        elif name == "Group":
            if components := components_of(element):
                self._raw_group(components)
        elif name == "Series":
            self._end_series(element)
        elif name == "Obs":
            self._obs(element, inside)
        else:
            self._end_dataset(element)

    def _obs(self, obs: Any, inside: str) -> None:
        self._cell_count += 1
        self._obs_count += 1
        above = obs.getparent()
        action = action_of(own(obs, "action")) if own(obs, "action") else self._action_of(above)
        dataset = self._dataset_of(above)
        locator = f"series {self._series_count + 1}, cell {self._obs_count}"
        if inside != "Series":
            locator = f"cell {self._cell_count}"
        if parts := generic_cell(obs):
            key, value = parts
            series = self._series_key if inside == "Series" else {}
            period = next((key.pop(name) for name in TIME if name in key), "")
            if inside == "Series" and "" in key:  # the dimension over which the series run, named in the header only
                text = key.pop("")
                if self.over in ("", "AllDimensions", *TIME):
                    period = text
                else:
                    key[self.over] = text
            dimensions = {**series, **key}
            period = period or next((dimensions.pop(name) for name in TIME if name in dimensions), "")
            attributes = {**self._dataset_attributes, **self._of_groups(dimensions), **self._series_attributes}
            attributes |= self._obs_attributes
        else:
            said = {**(components_of(above) if inside == "Series" else {}), **components_of(obs)}
            value = said.pop("OBS_VALUE", None)
            period = next((said.pop(name) for name in TIME if name in said), "")
            layout = self._layout()
            over = () if self.over in layout.names or self.over not in said else (self.over,)
            dimensions = {name: said.pop(name, "") for name in (*layout.names, *over)}
            if action != "D" and (missing := [name for name, code in dimensions.items() if not code]):
                self.sink.reject(locator, "bad_key", f"the cell has no {', '.join(missing)}")
                return
            attributes = {**self._of_dataset(above), **self._of_groups(dimensions), **said}
        self._obs_attributes = {}
        self.cells.add(locator, dataset, dimensions, period, value, attributes, action=action)

    def _layout(self) -> Layout:
        """What the components of the data set's cells are."""
        found = self.layouts[min(self.dataset_number, len(self.layouts) - 1)] if self.layouts else Layout(())
        if not found.is_declared and not self._cell_count > 1:
            self.sink.note("structure-specific data: dimensions are told from attributes by their order and names")
        return found

    def _end_series(self, series: Any) -> None:
        self._series_count += 1
        if not self._obs_count:
            if self._action_of(series) == "D":
                components, names = components_of(series), self._layout().names
                said = self._series_key or {name: components[name] for name in names if name in components}
                self.cells.delete(f"series {self._series_count}", self._dataset_of(series), said, "")
            else:
                self.sink.note("series without cells")
        self._obs_count = 0
        self._series_key, self._series_attributes = {}, {}

    def _end_dataset(self, dataset: Any) -> None:
        if not self._series_count and not self._cell_count and self._action_of(dataset) == "D":
            self.cells.delete("data set", self._dataset_of(dataset), {}, "")
        self.dataset_number += 1
        self._begin_dataset()

    def _action_of(self, element: Any) -> Action:
        """The action of the data set that an element stands in, else the message's."""
        element = dataset_above(element)
        said = own(element, "action") if element is not None else ""
        return action_of(said) if said else self.action

    def _dataset_of(self, element: Any) -> str:
        """The name of the data set that an element stands in; looked up once for all of its cells."""
        if not self._dataset:
            self._dataset = self._named(element)
        return self._dataset

    def _named(self, element: Any) -> str:
        element = dataset_above(element)
        reference = own(element, "structureRef") if element is not None else ""
        flow, definition = self.references.get(reference) or next(iter(self.references.values()), ("", ""))
        if element is not None:
            flow, definition = flow or own(element, "dataflowID"), definition or key_family(element)
        found = named_dataset(flow, self.context.url, definition)
        if not found:
            self.sink.note("the data set names itself nowhere: dataset_id is 'unnamed'")
        return found or "unnamed"

    def _of_dataset(self, element: Any) -> dict[str, str]:
        element = dataset_above(element)
        return components_of(element) if element is not None else {}

    # -- attributes of groups -----------------------------------------------------------------------------------------

    def _group(self, key: Mapping[str, str], attributes: Mapping[str, str]) -> None:
        self._group_count += 1
        names = tuple(sorted(key))
        if self._group_count > _MAX_GROUPS or (names not in self._groups and len(self._groups) >= _MAX_MASKS):
            self.sink.note("attributes of more groups than are read")
            return
        self._groups.setdefault(names, {})[tuple(key[name] for name in names)] = dict(attributes)

    def _raw_group(self, components: dict[str, str]) -> None:
        names = [name for name in self._layout().names if name in components]
        others = {name: text for name, text in components.items() if name not in names}
        self._group({name: components[name] for name in names}, others)

    def _of_groups(self, dimensions: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for names, groups in self._groups.items():
            found |= groups.get(tuple(dimensions.get(name, "") for name in names), {})
        return found

    # -- structures ---------------------------------------------------------------------------------------------------

    def _code(self, code: Any) -> None:
        above = code.getparent()
        while above is not None and local_name(above) in ("Code", "ValueItem"):
            above = above.getparent()
        if above is None:
            return
        identity = (above.get("agencyID", ""), above.get("id", ""), above.get("version", ""))
        parent = code.get("parentCode", "")
        for part in code:
            if local_name(part) == "Parent":
                inner = next(iter(part), None)
                parent = inner.get("id", "") if inner is not None else (part.text or "").strip()
        own = code.get("id") or code.get("value") or ""
        self.structures.code(f"{identity[1]}, code {own}", identity, own, parent, texts_of(code, "Name", "Description"))

    def _dataflow(self, flow: Any) -> None:
        if not flow.get("id"):
            return  # a reference
        annotations = {}
        for part in flow:
            for note in part if local_name(part) == "Annotations" else ():
                said = {local_name(inner): (inner.text or "").strip() for inner in note}
                kind = said.get("AnnotationType", "")
                annotations[kind] = said.get("AnnotationTitle") or said.get("AnnotationText", "")
        self.structures.flow(
            f"dataflow {flow.get('id')}",
            Flow(
                flow.get("agencyID", ""),
                flow.get("id", ""),
                flow.get("version", ""),
                texts_of(flow, "Name"),
                texts_of(flow, "Description"),
                annotations,
            ),
        )
