"""Other forms of the same expressions, and the search for the one that takes the least hardware.

`table.RULES` has one entry per identity; `search.SearchForms` applies them and ranks what they
give.
"""
