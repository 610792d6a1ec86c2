"""What several mutations are given. Inputs that loans has too are written alike there."""

from typing import Annotated

import strawberry
from pydantic import StringConstraints

from services.capital.usecases.request_top_ups import DeclaredPerson
from services.kernel.contracts import Contract, ContractKind
from services.runtime.fields import BusinessDate, LongText, Reference, ShortText, SiretField


@strawberry.input(description="A CAE's establishment, as the dossier declares it.")
class CaeInput:
    siret: SiretField = strawberry.field(description="Its SIRET; spaces are allowed.")
    name: ShortText = strawberry.field(description="Its name.")


@strawberry.input(description="What binds an entrepreneur to their CAE.")
class ContractInput:
    kind: ContractKind = strawberry.field(description="Which contract is in force.")
    started_on: BusinessDate = strawberry.field(description="When it started.")
    cape_started_on: BusinessDate | None = strawberry.field(
        default=None, description="When an earlier CAPE in the same CAE started."
    )
    cape_ended_on: BusinessDate | None = strawberry.field(default=None, description="When it ended.")

    def to_contract(self) -> Contract:
        return Contract(self.kind, self.started_on, self.cape_started_on, self.cape_ended_on)


@strawberry.input(
    description="A person, as their CAE declares them. None of it is ever answered by the graph."
)
class EntrepreneurInput:
    reference: Reference = strawberry.field(description="The CAE's own reference for the person.")
    given_name: ShortText = strawberry.field(description="Given name.")
    family_name: ShortText = strawberry.field(description="Family name.")
    contract: ContractInput = strawberry.field(description="Their contract with the CAE.")
    member_since: BusinessDate | None = strawberry.field(default=None, description="Member of the CAE since.")
    email: Annotated[str, StringConstraints(max_length=200)] | None = strawberry.field(
        default=None, description="E-mail address."
    )
    phone: Annotated[str, StringConstraints(max_length=200)] | None = strawberry.field(
        default=None, description="Telephone."
    )
    birth_date: BusinessDate | None = strawberry.field(default=None, description="Date of birth.")
    address: LongText | None = strawberry.field(default=None, description="Postal address.")

    def to_person(self) -> DeclaredPerson:
        return DeclaredPerson(
            reference=self.reference,
            given_name=self.given_name,
            family_name=self.family_name,
            email=self.email,
            phone=self.phone,
            birth_date=self.birth_date,
            address=self.address,
            contract=self.contract.to_contract(),
            member_since=self.member_since,
        )
