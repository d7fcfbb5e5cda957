"""Passes: graph to graph, frozen dataclasses whose fields are their options."""
