"""Every figure in the docs: `python -m tests.benchmarks [NAME …]` measures and keeps it.

A benchmark is one file here with `measure() -> dict`. What it gives is printed as JSON and kept, with the machine it was
measured on, in `tests/benchmarks/results/NAME.json`. Only ratios within one run mean anything on a shared machine.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import platform
import sys
from pathlib import Path

HERE = Path(__file__).parent


def names() -> list[str]:
    """All benchmarks, those of minutes last."""
    found = [
        module.name
        for module in pkgutil.iter_modules([str(HERE)])
        if module.name not in {"__main__", "bench", "planted"}
    ]
    return sorted(found, key=lambda name: (getattr(_module(name), "MINUTES", 1), name))


def _module(name: str):
    return importlib.import_module(f"tests.benchmarks.{name}")


def main() -> None:
    """Measures the named benchmarks, or all."""
    known = names()
    for name in sys.argv[1:] or known:
        if name not in known:
            sys.exit(f"no benchmark '{name}'; known: {', '.join(known)}")
        figures = _module(name).measure()
        machine = {"cores": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version()}
        text = json.dumps({"machine": machine, "figures": figures}, indent=2)
        sys.stdout.write(f"{name}\n{text}\n")
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
