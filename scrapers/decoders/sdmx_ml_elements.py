"""Elements of SDMX-ML to plain values: keys, cells, components, texts by language.

Belongs here: what one element says. Never here: the order of elements in a message (``sdmx_ml``).
"""

from __future__ import annotations

from typing import Any

from scrapers.decoders.sdmx import structure_of
from scrapers.safe_xml import local_name

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# What a data set says of itself, beside its components.
_NO_COMPONENTS = frozenset({"action", "type", "structureRef", "dataScope", "setID", "validFromDate", "validToDate"})


def referred(part: Any) -> tuple[str, str]:
    """(reference of the dataflow, reference of the structure definition) of a header's element Structure, or ""."""
    flow = definition = ""
    for element in part.iter():
        name, above = local_name(element), element.getparent()
        said = (element.text or "").strip()
        if name == "Ref" and element.get("id"):
            said = f"{element.get('agencyID', '')}:{element.get('id')}".removeprefix(":")
            name = local_name(above) if above is not None else ""
        elif name == "URN" and above is not None:
            name = local_name(above)
        if not said or name not in ("StructureUsage", "Structure", "ProvisionAgreement", "ProvisionAgrement"):
            continue
        is_flow = name == "StructureUsage" or ".Dataflow=" in said
        flow, definition = (flow or said, definition) if is_flow else (flow, definition or said)
    space = part.get("namespace", "").partition(":ObsLevelDim")[0]
    if not flow and not definition and structure_of(space)[1]:
        return (space, "") if ".Dataflow=" in space else ("", space)
    return flow, definition


def dataset_above(element: Any) -> Any:
    """The data set that an element stands in or is, or None."""
    while element is not None and local_name(element) != "DataSet":
        element = element.getparent()
    return element


def key_family(dataset: Any) -> str:
    """The structure definition that a data set of SDMX 2.0 names: in an element, an address, or its name space."""
    for part in dataset:
        if local_name(part) == "KeyFamilyRef":
            return (part.text or "").strip()
    if said := own(dataset, "keyFamilyURI"):
        return said
    space = str(dataset.tag).partition("}")[0]
    parts = space.partition("KeyFamily=")[2].split(":")  # urn:sdmx:…KeyFamily=ESTAT:NAMA:compact
    return ":".join(parts[:2]) if len(parts) > 1 else ""


def values_of(element: Any) -> dict[str, str]:
    """``<Value id= value=/>`` as a mapping; several values of one attribute are joined."""
    found: dict[str, str] = {}
    for part in element:
        name = part.get("id", part.get("concept", ""))
        text = part.get("value")
        if text is None:
            text = "".join(part.itertext()).strip()
        found[name] = f"{found[name]};{text}" if name in found else text
    return found


def generic_cell(obs: Any) -> tuple[dict[str, str], str | None] | None:
    """(key, value) of a generic cell; the dimension that a cell does not name is "". None for other cells."""
    key: dict[str, str] = {}
    value, is_generic = None, False
    for part in obs:
        name = local_name(part)
        if name in ("ObsDimension", "Time"):
            is_generic = True
            text = part.get("value") if part.get("value") is not None else (part.text or "").strip()
            key["TIME_PERIOD" if name == "Time" else part.get("id", "")] = text or ""
        elif name == "ObsKey":
            is_generic = True
            key |= values_of(part)
        elif name == "ObsValue":
            is_generic, value = True, part.get("value")
    return (key, value) if is_generic else None


def components_of(element: Any) -> dict[str, str]:
    """Components of a structure-specific element: attributes without a name space, and those with several values."""
    found = {
        str(name): str(text)
        for name, text in element.attrib.items()
        if not str(name).startswith("{") and str(name) not in _NO_COMPONENTS
    }
    for part in element:
        if local_name(part) == "Comp" and part.get("id"):
            found[part.get("id")] = ";".join(text.strip() for text in part.itertext() if text.strip())
    return found


def own(element: Any, name: str) -> str:
    """An attribute of the message's own, with or without a name space."""
    for key, text in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(text)
    return ""


def texts_of(element: Any, *names: str) -> dict[str, str]:
    """Texts of the first of these children that is there, by language."""
    for name in names:
        found: dict[str, str] = {}
        for part in element:
            if local_name(part) == name:
                found.setdefault(part.get(_LANG, "en"), "".join(part.itertext()))
        if found:
            return found
    return {}
