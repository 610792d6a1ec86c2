"""A database of its own: what a purge removes here, no other test misses."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from services.capital.app import make_app as make_capital
from services.capital.persistence.personal_dossiers import KINDS as CAPITAL_KINDS
from services.loans.app import make_app as make_loans
from services.loans.persistence.personal_dossiers import KINDS as LOANS_KINDS
from services.runtime.privacy.personal_dossiers import Holder
from services.runtime.settings import Settings
from tests.api import Api
from tests.conftest import make_database
from tests.privacy.stories import CAPITAL_REGION, LOANS_REGION, Office


@dataclass
class Essor:
    settings: Settings
    loans: Api
    capital: Api

    @property
    def holders(self) -> list[Holder]:
        return [Holder(self.loans.database, LOANS_KINDS), Holder(self.capital.database, CAPITAL_KINDS)]

    def office(self, client: str = "tests") -> Office:
        regions = [LOANS_REGION, CAPITAL_REGION]
        clients = {
            "loans": self.loans.as_("operator", regions=regions, client=client),
            "capital": self.capital.as_("operator", regions=regions, client=client),
        }
        return Office(clients)

    async def written(self) -> str:
        """Every row of every table of both schemas, as text."""
        rows: list[str] = []
        for holder in self.holders:
            async with holder.database.of_all_tenants(read_only=True) as session:
                for table in sorted(holder.kinds[0].table.metadata.tables.values(), key=str):
                    columns = ", ".join(
                        f"convert_from({column.name}, 'UTF8')" if column.name == "answer" else column.name
                        for column in table.columns
                    )
                    found = await session.execute(text(f"SELECT ({columns})::text FROM {table.fullname}"))
                    rows += [f"{table.fullname} {row}" for row in found.scalars()]
        return "\n".join(rows)


@pytest.fixture(scope="module")
async def privacy_settings(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    state = tmp_path_factory.mktemp("privacy")
    url = await make_database(server_url, f"essor_privacy_{worker_id}", state)
    return Settings(state=state, database_url=url, entrepreneur_key="a key for tests")


@pytest.fixture(scope="module")
async def essor(privacy_settings: Settings) -> AsyncIterator[Essor]:
    async with AsyncExitStack() as stack:
        loans = await stack.enter_async_context(Api.of(make_loans(privacy_settings), privacy_settings))
        capital = await stack.enter_async_context(Api.of(make_capital(privacy_settings), privacy_settings))
        yield Essor(privacy_settings, loans, capital)
