"""The executor: a plan and its variables in, data and errors out. It knows nothing of HTTP servers."""

from gateway.executor.execute import Answer, Executor, Program

__all__ = ["Answer", "Executor", "Program"]
