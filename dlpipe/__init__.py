"""dlpipe: from raw data to a deployed deep-learning model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlpipe.dataset import load_samples
    from dlpipe.predictor import Predictor

__all__ = ["Predictor", "__version__", "load_samples"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Imports the public names at their first use, so that `dlpipe --help` loads nothing heavy."""
    if name == "load_samples":
        from dlpipe.dataset import load_samples

        return load_samples
    if name == "Predictor":
        from dlpipe.predictor import Predictor

        return Predictor
    raise AttributeError(f"module 'dlpipe' has no attribute '{name}'")
