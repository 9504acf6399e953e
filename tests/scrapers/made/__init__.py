"""Payloads that are no text, made by code: one module a payload, each with ``make() -> bytes``, the same every time."""
