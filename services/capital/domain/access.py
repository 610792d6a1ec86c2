"""Who may do what in capital; the one table. What a role may *see* is its token's scope (`Caller.scope`)."""

from services.kernel.access import Caller, Role
from services.kernel.language import Word

_READERS_OF_SCHEMES = frozenset(Role)
_READERS_OF_TOP_UPS = frozenset({Role.OPERATOR, Role.CAE, Role.PARTNER, Role.ADMIN})
_CAE_SIDE = frozenset({Role.OPERATOR, Role.CAE})
_OPERATORS = frozenset({Role.OPERATOR})


class CapitalAct(Word):
    CREATE_SCHEME = "create_scheme", "créer un dispositif", "creating a scheme"
    ADD_VERSION = "add_version", "ajouter une version à un dispositif", "adding a version to a scheme"
    READ_SCHEMES = "read_schemes", "consulter les dispositifs", "reading the schemes"
    SIMULATE = "simulate", "simuler des abondements", "simulating top-ups"
    REQUEST = "request", "demander un abondement", "requesting a top-up"
    READ_TOP_UPS = "read_top_ups", "consulter les abondements", "reading the top-ups"
    GRANT = "grant", "accorder un abondement", "granting a top-up"
    REFUSE = "refuse", "refuser un abondement", "refusing a top-up"
    CANCEL = "cancel", "annuler l'octroi d'un abondement", "cancelling the grant of a top-up"
    PAY = "pay", "payer des abondements", "paying top-ups"
    READ_CAPS = "read_caps", "consulter les plafonds", "reading the caps"
    READ_DEADLINES = (
        "read_deadlines",
        "consulter les échéances d'association",
        "reading the membership deadlines",
    )
    VERIFY_LEDGER = "verify_ledger", "vérifier le journal", "verifying the ledger"


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
    caller.require(ALLOWED[act], act)


def may_read_names(caller: Caller) -> bool:
    """Partners read across loans and capital without knowing whom the dossiers are about."""
    return caller.role is not Role.PARTNER
