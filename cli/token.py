"""`essor token`: a bearer token of the local issuer."""

from datetime import timedelta
from typing import Annotated

import typer

from cli.terminal import AsJson, CommandError, Terminal
from services.kernel.access import Caller, Role
from services.kernel.identifiers import InvalidIdentifierError, parse_siren
from services.kernel.regions import REGIONS
from services.runtime.settings import Settings
from services.runtime.tokens.reading import LONGEST_LIFE, local_issuer

DEFAULT_HOURS = 8.0


def token(
    role: Annotated[Role, typer.Option(help="What the caller is.")],
    region: Annotated[
        list[str] | None, typer.Option(help="INSEE code, for an operator or a partner; may be repeated.")
    ] = None,
    siren: Annotated[str | None, typer.Option(help="SIREN of the CAE or of the funder.")] = None,
    person: Annotated[str | None, typer.Option(help="Who uses the token, where that matters.")] = None,
    client: Annotated[
        str, typer.Option(help="The software that calls; idempotency keys belong to it.")
    ] = "command-line",
    ttl: Annotated[float, typer.Option(help="How many hours it is good for.")] = DEFAULT_HOURS,
    as_json: AsJson = False,
) -> None:
    """Print a bearer token of the local issuer.

    Example: essor token --role operator --region 84 --region 75
    """
    life = timedelta(hours=ttl)
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise CommandError(f"--ttl is more than 0 and at most {LONGEST_LIFE.days * 24} hours")
    caller = caller_of_options(role, region or [], siren, person, client)
    bearer = local_issuer(Settings()).issue(caller, life)
    terminal = Terminal(as_json)
    terminal.answer(
        {"token": bearer, "token_type": "Bearer", "expires_in": int(life.total_seconds())},
        lambda: print(bearer),
    )


def caller_of_options(
    role: Role, regions: list[str], siren: str | None, person: str | None, client: str
) -> Caller:
    for code in regions:
        if code not in REGIONS:
            known = ", ".join(f"{known} {name}" for known, name in REGIONS.items())
            raise CommandError(
                f"--region {code} is not the INSEE code of a region", advice=f"one of: {known}"
            )
    if role in {Role.OPERATOR, Role.PARTNER} and not regions:
        raise CommandError(f"the role {role.value} needs --region, for example --region 84")
    if role in {Role.CAE, Role.FUNDER} and siren is None:
        raise CommandError(f"the role {role.value} needs --siren")
    try:
        checked = parse_siren(siren) if siren is not None else None
    except InvalidIdentifierError as error:
        raise CommandError(f"--siren: {error}") from error
    return Caller(role=role, client=client, regions=frozenset(regions), siren=checked, person=person)
