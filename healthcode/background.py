"""The worker of the embedded set-up: a thread of the server's own process."""

import threading
from typing import Any

from django.db import connections
from django_tasks.backends.immediate import ImmediateBackend
from django_tasks.base import TaskResult


class ThreadBackend(ImmediateBackend):
    """Do each task in a thread of its own: whoever enqueues it goes on at once.

    What is lost when the process ends is begun again by `tick`: tasks are idempotent, and rows say how far they came.
    """

    def _execute_task(self, task_result: TaskResult) -> None:
        work = super()._execute_task

        def run() -> Any:
            try:
                work(task_result)
            finally:
                connections.close_all()

        threading.Thread(target=run, name=f"task-{task_result.id}", daemon=True).start()
