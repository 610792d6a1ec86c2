"""The planner: an operation in, a plan out. It does no I/O and knows nothing of HTTP."""

from gateway.planner.planner import Planner, PlanningError

__all__ = ["Planner", "PlanningError"]
