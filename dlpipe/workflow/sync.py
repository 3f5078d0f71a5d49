"""`dlpipe sync`: sends to MLflow what waits in this machine's journals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say

if TYPE_CHECKING:
    from dlpipe.core.project import Project


def sync(project: Project, *, everything: bool = False) -> None:
    """Sends what waits and prints how many entries that were.

    Raises:
        DlpipeError: MLflow did not take all of it.
    """
    from dlpipe.tracking.delivery import deliver_to, waiting_elsewhere
    from dlpipe.tracking.store import store_of

    store = store_of(project, None)
    found = deliver_to(store, everything=everything)
    say.result({"sent": found.sent, "left": found.left, "runs_for_another_store": waiting_elsewhere(store)})
    if found.left and found.problems:
        problem = f"{found.left} entries still wait for MLflow ({store.shown}): {found.problems[0]}"
        raise DlpipeError(problem, "see that it runs and can be reached, then `dlpipe sync`", Exit.ENVIRONMENT)
