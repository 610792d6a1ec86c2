"""The loans subgraph: funds, applications and loans, and what they add to a CAE, an entrepreneur, a region.

The types point at each other, so most are named lazily. No name, address or bank detail of a person is here,
nor any free text, which may hold some.
"""
