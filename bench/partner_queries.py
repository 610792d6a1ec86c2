"""What partners ask of the subgraphs, directly or through the gateway's plans."""

from dataclasses import dataclass, field
from typing import Any

import asyncpg

REGIONS = ("84", "75")
"""Of the demonstration's largest loan fund, and of its top-ups."""

LOANS_OF_A_FUND = """
query ($fund: ID!) {
  loans(fundId: $fund, first: 25) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id number status principalCents repaidCents outstandingCents arrearsCents daysLate bucket nextDueOn
      disbursedOn caeName
      schedule { rank dueOn amountCents paidCents }
    }
  }
}"""
PAGE_OF_LOANS = """
query ($fund: ID!) {
  loans(fundId: $fund, first: 50) {
    nodes {
      id number status grantedCents outstandingCents arrearsCents daysLate disbursedOn
      cae { siren name } entrepreneur { id } region { code name } fund { id name }
    }
  }
}"""
LOANS_OF_CAES = """
query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on Cae {
      name
      loans(first: 10) { nodes { id number status outstandingCents arrearsCents daysLate nextDueOn } }
    }
  }
}"""
LOAN_ENTITIES = """
query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Loan {
      number status principalCents repaidCents outstandingCents arrearsCents daysLate bucket nextDueOn months
      caeName createdAt entrepreneurReference cae { siren } entrepreneur { id }
    }
  }
}"""
INDICATORS = """
query ($fund: ID!) {
  loanFund(id: $fund) {
    id name openedOn
    indicators { ...Seven }
  }
}
fragment Seven on LoanIndicators {
  asOf
  repaymentRate { ...One } outstanding { ...One } arrears { ...One }
  par30 { ...One } par60 { ...One } par90 { ...One } lossRate { ...One }
}
fragment One on Indicator { value numeratorCents denominatorCents asOf formula }
"""
TOP_UPS_OF_A_SCHEME = """
query ($scheme: ID!) {
  topUps(schemeId: $scheme, first: 50) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id status subscribedCents paidUpCents paidUpOn entitlementCents awardCents clawedBackCents decidedOn
      contractKind caeName createdAt
      cae { siren } entrepreneur { id } region { code name }
    }
  }
}"""
TOP_UP_ENTITIES = """
query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on TopUp {
      status paidUpCents paidUpOn awardCents decidedOn reference caeName
      cae { siren name } scheme { id name }
    }
  }
}"""


@dataclass(frozen=True)
class PartnerQuery:
    service: str
    name: str
    document: str
    variables: dict[str, Any] = field(default_factory=dict)


async def partner_queries(owner_url: str) -> list[PartnerQuery]:
    """With the keys of what the demonstration made."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute("SELECT set_config('essor.role', 'system', false)")
    fund = await owner.fetchval(
        "SELECT fund_id FROM loans.loans WHERE region = $1 GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
        REGIONS[0],
    )
    loans = await owner.fetch("SELECT id FROM loans.loans WHERE region = $1 ORDER BY id LIMIT 40", REGIONS[0])
    caes = await owner.fetch(
        "SELECT cae_siren FROM loans.loans WHERE region = $1 GROUP BY 1 ORDER BY count(*) DESC LIMIT 20",
        REGIONS[0],
    )
    scheme = await owner.fetchval(
        "SELECT scheme_id FROM capital.top_ups WHERE region = $1 LIMIT 1", REGIONS[1]
    )
    top_ups = await owner.fetch(
        "SELECT id FROM capital.top_ups WHERE region = $1 ORDER BY id LIMIT 40", REGIONS[1]
    )
    await owner.close()
    return [
        PartnerQuery("loans", "loans of a fund, schedules (25)", LOANS_OF_A_FUND, {"fund": str(fund)}),
        PartnerQuery("loans", "page of loans, with links (50)", PAGE_OF_LOANS, {"fund": str(fund)}),
        PartnerQuery("loans", "_entities: Cae with loans (20)", LOANS_OF_CAES, _of("Cae", "siren", caes)),
        PartnerQuery("loans", "_entities: Loan (40)", LOAN_ENTITIES, _of("Loan", "id", loans)),
        PartnerQuery("loans", "indicators of a fund", INDICATORS, {"fund": str(fund)}),
        PartnerQuery("capital", "top-ups of a scheme (50)", TOP_UPS_OF_A_SCHEME, {"scheme": str(scheme)}),
        PartnerQuery("capital", "_entities: TopUp (40)", TOP_UP_ENTITIES, _of("TopUp", "id", top_ups)),
    ]


def _of(kind: str, key: str, rows: list[Any]) -> dict[str, Any]:
    return {"representations": [{"__typename": kind, key: str(row[0])} for row in rows]}
