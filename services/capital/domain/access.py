"""Who may do what in capital; the one table. What a role may *see* is its token's scope (`Caller.scope`)."""

from enum import StrEnum

from services.kernel.access import Caller, Role

_READERS_OF_SCHEMES = frozenset(Role)
_READERS_OF_TOP_UPS = frozenset({Role.OPERATOR, Role.CAE, Role.PARTNER, Role.ADMIN})
_CAE_SIDE = frozenset({Role.OPERATOR, Role.CAE})
_OPERATORS = frozenset({Role.OPERATOR})


class CapitalAct(StrEnum):
    CREATE_SCHEME = "create_scheme"
    ADD_VERSION = "add_version"
    READ_SCHEMES = "read_schemes"
    SIMULATE = "simulate"
    REQUEST = "request"
    READ_TOP_UPS = "read_top_ups"
    GRANT = "grant"
    REFUSE = "refuse"
    CANCEL = "cancel"
    PAY = "pay"
    READ_CAPS = "read_caps"
    READ_DEADLINES = "read_deadlines"
    VERIFY_LEDGER = "verify_ledger"


ALLOWED: dict[CapitalAct, frozenset[Role]] = {
    CapitalAct.CREATE_SCHEME: _OPERATORS,
    CapitalAct.ADD_VERSION: _OPERATORS,
    CapitalAct.READ_SCHEMES: _READERS_OF_SCHEMES,
    CapitalAct.SIMULATE: _CAE_SIDE,
    CapitalAct.REQUEST: _CAE_SIDE,
    CapitalAct.READ_TOP_UPS: _READERS_OF_TOP_UPS,
    CapitalAct.GRANT: _OPERATORS,
    CapitalAct.REFUSE: _OPERATORS,
    CapitalAct.CANCEL: _OPERATORS,
    CapitalAct.PAY: _OPERATORS,
    CapitalAct.READ_CAPS: _READERS_OF_TOP_UPS,
    CapitalAct.READ_DEADLINES: frozenset({Role.OPERATOR, Role.CAE, Role.ADMIN}),
    CapitalAct.VERIFY_LEDGER: frozenset({Role.ADMIN}),
}


def require(caller: Caller, act: CapitalAct) -> None:
    caller.require(ALLOWED[act], act.value)


def may_read_names(caller: Caller) -> bool:
    """Partners read across loans and capital without knowing whom the dossiers are about."""
    return caller.role is not Role.PARTNER
