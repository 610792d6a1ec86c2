"""The capital subgraph as one schema."""

from services.capital.graphql.caes import Cae
from services.capital.graphql.columns import BY_COLUMNS
from services.capital.graphql.entrepreneurs import Entrepreneur
from services.capital.graphql.events import Subscription
from services.capital.graphql.funders import Funder
from services.capital.graphql.mutations import Mutation
from services.capital.graphql.queries import Query
from services.capital.graphql.regions import Region
from services.capital.graphql.schemes import TopUpScheme
from services.capital.graphql.top_ups import TopUp
from services.runtime.graphql.schema import SubgraphSchema
from services.runtime.graphql.sdl import print_sdl

ENTITIES = [Cae, Entrepreneur, Funder, Region, TopUp, TopUpScheme]


def make_schema(most_representations: int = 1_000) -> SubgraphSchema:
    return SubgraphSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        entities=ENTITIES,
        by_columns=BY_COLUMNS,
        most_representations=most_representations,
    )


def sdl() -> str:
    return print_sdl(make_schema())
