"""The roots of the capital subgraph.

`cae`, `entrepreneur` and `region` stand in both subgraphs and mean the same in both: they answer for any
well-formed key, and the lists below them tell what there is. So it never matters which subgraph is asked.
"""

import strawberry

from services.capital.domain.lifecycle import TopUpStatus
from services.capital.graphql import batches
from services.capital.graphql.caes import Cae
from services.capital.graphql.entrepreneurs import Entrepreneur
from services.capital.graphql.lists import TopUps, top_ups_page, wanted_top_ups
from services.capital.graphql.regions import Region
from services.capital.graphql.schemes import TopUpScheme
from services.capital.usecases.follow_events import FOLLOWERS
from services.kernel.identifiers import EntrepreneurId, parse_siren
from services.runtime.graphql.context import Info
from services.runtime.graphql.events import END, feed_cursor
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import parse_id, parse_with


@strawberry.type
class Query:
    @resolved("A CAE by its SIREN; its lists tell whether it has dossiers.", shareable=True)
    def cae(self, siren: strawberry.ID) -> Cae | None:
        return Cae(siren=parse_with(parse_siren, siren, "siren"))

    @resolved("A person by their id; the lists tell whether they have dossiers.", shareable=True)
    def entrepreneur(self, id: strawberry.ID) -> Entrepreneur | None:  # noqa: A002 - the name at the door
        return Entrepreneur(id=EntrepreneurId(parse_id(id)))

    @resolved("A region by its INSEE code; null for a code that is none.", shareable=True)
    def region(self, code: strawberry.ID) -> Region | None:
        return Region.of(code)

    @resolved("A top-up scheme by its id; null if there is none that the caller may see.")
    async def top_up_scheme(self, info: Info, id: strawberry.ID) -> TopUpScheme | None:  # noqa: A002
        return await info.context.load(batches.schemes_by_id, parse_id(id))

    @resolved("Top-ups that the caller may see, in the order they were recorded.")
    async def top_ups(
        self,
        info: Info,
        first: int | None = 25,
        after: str | None = None,
        scheme_id: strawberry.ID | None = None,
        cae: strawberry.ID | None = None,
        status: TopUpStatus | None = None,
    ) -> TopUps:
        wanted = wanted_top_ups(scheme_id, cae, status)
        return await top_ups_page(info.context, wanted, first=first, after=after)

    @resolved(END)
    async def top_up_events_cursor(self, info: Info, from_start: bool = False) -> str:
        return await feed_cursor(info.context, FOLLOWERS, from_start=from_start)
