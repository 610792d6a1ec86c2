"""Invented facts at the scale of the field, to try Essor with: the same for a same seed, plainly not real.

Nothing here knows a service: each service's `seed_demonstration` turns these facts into orders of its own
use cases. SIRENs start with 000, which no company has; names of organisations end with « (démo) », and
references of people start with DEMO.
"""
