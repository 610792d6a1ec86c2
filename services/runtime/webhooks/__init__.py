"""Events pushed to whoever asked: endpoints, what each is owed, and the worker's duty that sends it.

Messages follow the Standard Webhooks specification. See `docs/decisions/webhooks.md`.
"""
