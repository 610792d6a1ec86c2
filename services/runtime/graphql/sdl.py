"""The SDL that a subgraph commits and the composer reads."""

from services.runtime.graphql.schema import SubgraphSchema


def print_sdl(schema: SubgraphSchema) -> str:
    return f"{schema.as_str().strip()}\n"
