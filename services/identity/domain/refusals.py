"""What an administrator of clients may be refused."""

from services.kernel.language import Text
from services.kernel.refusals import Refusal


class UnknownClient(Refusal):
    code = "unknown-client"
    title = Text("Client inconnu", "Unknown client")
    detail = Text("Aucun client ne s'appelle {name}.", "No client is called {name}.")


class NameTaken(Refusal):
    code = "client-name-taken"
    title = Text("Nom déjà pris", "Name taken")
    detail = Text(
        "Un client s'appelle déjà {name}, révoqué ou non : un nom ne sert qu'une fois.",
        "A client is called {name} already, revoked or not: a name serves once.",
    )


class UnusableName(Refusal):
    code = "unusable-client-name"
    title = Text("Nom inutilisable", "Unusable name")
    detail = Text(
        "Un nom de client a de 1 à 100 caractères : lettres minuscules sans accent, chiffres, point, tiret.",
        "A client's name has 1 to 100 characters: lower-case letters, digits, dots, dashes, underscores.",
    )


class RegionsMissing(Refusal):
    code = "client-regions-missing"
    title = Text("Régions manquantes", "Regions missing")
    detail = Text("Le rôle « {role} » demande des régions.", "The role {role} needs regions.")


class SirenMissing(Refusal):
    code = "client-siren-missing"
    title = Text("SIREN manquant", "SIREN missing")
    detail = Text("Le rôle « {role} » demande un SIREN.", "The role {role} needs a SIREN.")


class EndInThePast(Refusal):
    code = "client-end-in-the-past"
    title = Text("Fin déjà passée", "End in the past")
    detail = Text("La fin demandée, {expires_at}, est déjà passée.", "The end asked, {expires_at}, is over.")


class OverlapTooLong(Refusal):
    code = "overlap-too-long"
    title = Text("Recouvrement trop long", "Overlap too long")
    detail = Text(
        "L'ancien secret reste valable {longest_days} jours au plus.",
        "The old secret stays good for {longest_days} days at most.",
    )


class ClientIsRevoked(Refusal):
    code = "client-revoked"
    title = Text("Client révoqué", "Client revoked")
    detail = Text(
        "Le client {name} est révoqué : créez-en un autre.", "The client {name} is revoked: add another one."
    )
