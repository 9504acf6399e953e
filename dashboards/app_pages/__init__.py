"""The pages of the dashboards, one module a page, each run anew at every interaction.

Belongs here: which figures a page shows and which controls it offers. Never here: SQL, chart geometry, texts.
"""
