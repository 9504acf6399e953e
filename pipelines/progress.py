"""Progress of a run on the command line: one line a step, on standard error, with the seconds since the start.

Belongs here: what a person sees while waiting. Never here: results (``pipelines.runner``).
"""

import logging
import sys
import time

import dagster as dg


class StepLines(logging.Handler):
    """Prints the beginning of each step and every failure; Dagster's other events stay in the instance."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.started = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        event = (getattr(record, "dagster_meta", None) or {}).get("dagster_event")
        if event is None or event.step_key is None:
            return
        seconds = time.monotonic() - self.started
        if event.is_step_start:
            sys.stderr.write(f"[{seconds:5.1f} s] {event.step_key.replace('__', '/')}\n")
        elif event.is_step_failure:
            sys.stderr.write(f"[{seconds:5.1f} s] {event.step_key.replace('__', '/')} failed\n")


@dg.logger(config_schema={}, description="One line a step, for people at a terminal.")
def progress_logger(init_context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("observatory.progress")  # not from the global registry: one a run, with its own clock
    logger.addHandler(StepLines())
    return logger
