"""Our layer in hls4ml, through its extension API: how it is read, and its C++ for a backend."""

from __future__ import annotations

from typing import Any

from symgate.errors import InputError, ToolMissing
from symgate.hls4ml.block import Block

#: hls4ml's backends whose C++ has the vendor's ``ap_fixed``.
BACKENDS = ("Vivado", "Vitis", "VivadoAccelerator")
_CALL = "{space}::layer({input}, {output});"


def register() -> None:
    """Make hls4ml know `SymgateLayer`; raise `ToolMissing` where it is not installed."""
    try:
        import hls4ml
    except ImportError as e:
        raise ToolMissing(
            "a layer of hls4ml needs it", remedy="pip install 'symgate[hls4ml]'"
        ) from e
    if "SymgateLayer" in hls4ml.model.layers.layer_map:
        return
    layer = _layer(hls4ml)
    hls4ml.model.layers.register_layer("SymgateLayer", layer)
    _handler()
    known = hls4ml.backends.get_available_backends()
    for name in BACKENDS:
        if name.lower() in known:
            hls4ml.backends.get_backend(name).register_template(_template(hls4ml, layer))


def _layer(hls4ml: Any) -> type:
    """The node of hls4ml's graph, whose result has the block's own format."""

    class SymgateNode(hls4ml.model.layers.Layer):
        def initialize(self) -> None:
            block: Block = self.get_attr("block")
            shape = list(self.get_input_variable().shape)
            if shape != [block.inputs]:
                raise InputError(
                    f"the layer '{self.name}' has {block.inputs} inputs, but gets shape {shape}",
                    expected=f"a layer of {block.inputs} units in front of it",
                )
            backend = self.model.config.backend
            if backend.name not in BACKENDS:
                raise InputError(
                    f"hls4ml's backend {backend.name} has no layer of symgate",
                    expected=" or ".join(BACKENDS),
                )
            t = block.result
            precision = hls4ml.model.types.FixedPrecisionType(t.width, t.integer, t.signed)
            self.add_output_variable([block.outputs], precision=precision)
            backend.register_source(block.header())

    return SymgateNode


def _handler() -> None:
    """How the layer is read from Keras."""
    from hls4ml.converters.keras_v3._base import KerasV3LayerHandler

    class SymgateHandler(KerasV3LayerHandler):
        handles = ("symgate.hls4ml.keras_layer.SymgateLayer",)

        def handle(self, layer: Any, in_tensors: Any, out_tensors: Any) -> dict[str, Any]:
            return {"block": layer.block}


def _template(hls4ml: Any, layer: type) -> type:
    """The call of the layer, with the header that each block has of its own."""

    class SymgateTemplate(hls4ml.backends.template.FunctionCallTemplate):
        def __init__(self) -> None:
            super().__init__(layer)

        def transform(self, model: Any, node: Any) -> bool:
            self.include_header = [f"nnet_utils/{node.get_attr('block').name}.h"]
            return bool(super().transform(model, node))

        def format(self, node: Any) -> str:
            names = self._default_function_params(node)
            space = node.get_attr("block").space
            return _CALL.format(space=space, input=names["input"], output=names["output"])

    return SymgateTemplate
