"""Digests, later static pages, open data and alerts. Never here: crawling, classifying."""
