"""Other forms of the same expressions, and the search for the one that takes the least hardware.

`table.RULES` has one entry per identity; `search.SearchForms` applies them and ranks what they
give.

A form has the same value everywhere in the ranges. Nothing here rounds, and nothing here decides:
the word-length search compares the best forms.
"""
