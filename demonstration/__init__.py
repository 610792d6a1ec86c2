"""Invented facts at the scale of the field, to try Essor with: the same for a same seed, plainly not real.

The modules named `seed_...` turn the facts into orders of each service's use cases; nothing else here
knows a service. SIRENs start with 000, which no company has; names of organisations end with « (démo) », and
references of people start with DEMO.
"""
