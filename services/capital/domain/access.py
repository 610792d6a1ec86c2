"""Who may do what in capital; the one table. What a role may *see* is its token's scope (`Caller.scope`)."""

from enum import StrEnum

from services.kernel.access import Caller, Role

_READERS_OF_SCHEMES = frozenset(Role)
_READERS_OF_TOP_UPS = frozenset({Role.OPERATOR, Role.CAE, Role.PARTNER, Role.ADMIN})
_CAE_SIDE = frozenset({Role.OPERATOR, Role.CAE})
_OPERATORS = frozenset({Role.OPERATOR})


class CapitalAct(StrEnum):
    CREATE_SCHEME = "create a scheme"
    ADD_VERSION = "add a version to a scheme"
    READ_SCHEMES = "read schemes"
    SIMULATE = "simulate top-ups"
    REQUEST = "request a top-up"
    READ_TOP_UPS = "read top-ups"
    GRANT = "grant a top-up"
    REFUSE = "refuse a top-up"
    CANCEL = "cancel a granted top-up"
    PAY = "pay top-ups"
    READ_CAPS = "read the caps of a CAE"
    READ_DEADLINES = "read membership deadlines"
    VERIFY_LEDGER = "verify the ledger"


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
