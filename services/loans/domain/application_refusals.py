"""What is refused of an application before it is a loan. Codes are stable."""

from services.kernel.language import Text
from services.kernel.refusals import Refusal


class ApplicationIsDraft(Refusal):
    code = "application-is-draft"
    title = Text("Demande encore à l'état de brouillon", "Application still a draft")
    detail = Text(
        "La demande {id} est encore un brouillon : déposez-la d'abord.",
        "Application {id} is still a draft: submit it first.",
    )


class DraftTooLarge(Refusal):
    code = "draft-too-large"
    title = Text("Brouillon trop long", "Draft too long")
    detail = Text(
        "Le brouillon compterait {size} caractères ; {most} au plus sont gardés.",
        "The draft would come to {size} characters; {most} at most are kept.",
    )


class OwnQuestion(Refusal):
    code = "own-question"
    title = Text("Question de votre côté", "Question of your own side")
    detail = Text(
        "La question vient de votre côté ({side}) : la réponse revient à l'autre.",
        "The question came from your own side ({side}): the other one answers it.",
    )


class TooManyQuestions(Refusal):
    code = "too-many-questions"
    title = Text("Trop de questions", "Too many questions")
    detail = Text(
        "Une demande porte {most} questions au plus, et une question autant de réponses.",
        "An application has {most} questions at most, and a question as many answers.",
    )
