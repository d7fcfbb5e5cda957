"""The small design whose firmware is made by hand."""

from tests.handmade import design, firmware

__all__ = ["design", "firmware"]
