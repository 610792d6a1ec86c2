"""The capital subgraph: top-ups and schemes, and what they add to a CAE, an entrepreneur, a region, a funder.

The types point at each other, so most are named lazily. No name, address or bank detail of a person is here.
"""
