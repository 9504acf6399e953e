"""Training of the text categorisers and fitting of the decision: data, configuration, commands.

Belongs here: everything that is needed to make ``models/trained/`` anew. Never here: anything that a reading imports.
"""
