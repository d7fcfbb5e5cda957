"""What every process needs, imported once: the server that forks them keeps it."""

import symgate.api
import symgate.sim.numpy_model
import tools.attack.judge

__all__ = ["symgate", "tools"]
