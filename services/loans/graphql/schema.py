"""The loans subgraph as one schema."""

from services.loans.graphql.caes import Cae
from services.loans.graphql.columns import BY_COLUMNS
from services.loans.graphql.entrepreneurs import Entrepreneur
from services.loans.graphql.events import Subscription
from services.loans.graphql.funders import Funder
from services.loans.graphql.funds import LoanFund
from services.loans.graphql.loans import Loan
from services.loans.graphql.mutations import Mutation
from services.loans.graphql.queries import Query
from services.loans.graphql.regions import Region
from services.runtime.graphql.schema import SubgraphSchema
from services.runtime.graphql.sdl import print_sdl

ENTITIES = [Cae, Entrepreneur, Funder, Loan, LoanFund, Region]


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
