"""A block inside the networks of alkaid: its fixed-point graph, node by node, in alkaid's
operators, by the entry points that it has for foreign models and layers.

alkaid is not imported before it asks for us: `pyproject.toml` names the two places that it finds.
"""
