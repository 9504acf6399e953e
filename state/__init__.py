"""Operational state: typed settings, and the small database of what this installation did (send log).

Never here: data of record about the world, or anything of the other rooms.
"""
