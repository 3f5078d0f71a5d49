"""How the C library deals with memory that is given back."""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
_NEVER = 2**31 - 1


def keep_memory() -> None:
    """Has this process keep what it frees, for what it allocates next; its peak stays what it was.

    glibc maps every block above 32 MiB anew and hands it back when it is freed, and the kernel clears each of its pages.
    The activations of a training on CPUs are such blocks (`python -m tests.benchmarks training_throughput` says what that
    costs). mallopt(3), M_MMAP_MAX and M_TRIM_THRESHOLD; with another C library it does nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, _NEVER)
