"""What a fund asks of who acts, and shows of persons, as bodies and answers."""

from pydantic import Field, StrictBool

from services.loans.domain.fund_access import FundAccess, SecondPersonAct
from services.runtime.fields import Answer, Body


class FundAccessBody(Body):
    partners_see_names: StrictBool | None = Field(
        None,
        description="Whether partners read names, contacts and free texts; false for a new fund",
        examples=[False],
    )
    second_person_for: list[SecondPersonAct] | None = Field(
        None,
        max_length=len(SecondPersonAct),
        description="Acts asked of another person than the one who recorded the decision: `disbursement`,"
        " `write_off`; none for a new fund. Tokens must then name a person",
        examples=[["disbursement", "write_off"]],
    )

    def access(self) -> FundAccess:
        return FundAccess(self.partners_see_names or False, self.acts() or frozenset())

    def acts(self) -> frozenset[SecondPersonAct] | None:
        return None if self.second_person_for is None else frozenset(self.second_person_for)


class FundAccessAnswer(Answer):
    partners_see_names: bool = Field(
        description="Whether partners of the region read names, contacts and free texts", examples=[False]
    )
    second_person_for: list[SecondPersonAct] = Field(
        description="Acts asked of another person than the one who recorded the decision",
        examples=[["disbursement", "write_off"]],
    )

    @classmethod
    def of(cls, access: FundAccess) -> "FundAccessAnswer":
        return cls(
            partners_see_names=access.partners_see_names, second_person_for=sorted(access.second_person_for)
        )
