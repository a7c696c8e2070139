"""Work that outlives the request that started it."""

import asyncio
import logging
from collections.abc import Coroutine

_logger = logging.getLogger(__name__)


class Background:
    """Keeps hold of running tasks, so that none is lost and all can be ended."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task] = set()

    def start(self, work: Coroutine) -> asyncio.Task:
        """Run it now, beside everything else; a crash is logged."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def cancel(self) -> None:
        """End everything that still runs."""
        for task in self._tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            _logger.error("Background work crashed", exc_info=task.exception())
