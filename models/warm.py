"""Imported by the process from which worker processes are forked: builds all readers once, for all of them.

Belongs here: this one effect of an import. Never here: anything to be imported elsewhere.
"""

import gc

from models.classify import warm_up

warm_up()
gc.freeze()  # what stands is shared by the workers as long as no collector touches it
