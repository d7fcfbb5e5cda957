"""The build folder: what is in it, how it is written whole or not at all, and how it is read back.

The text of the files comes from `backends`; running and checking them is `sim` and `proof`. Nothing
else writes into a build folder.
"""
