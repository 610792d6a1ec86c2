"""What the documents of an application are."""

from services.kernel.language import Word


class DocumentKind(Word):
    BUSINESS_PLAN = "business_plan", "plan d'affaires", "business plan"
    BANK_DETAILS = "bank_details", "relevé d'identité bancaire", "bank details"
    IDENTITY = "identity", "pièce d'identité", "proof of identity"
    CONTRACT = "contract", "contrat avec la CAE", "contract with the CAE"
    CAE_OPINION = "cae_opinion", "avis de la CAE", "opinion of the CAE"
    QUOTE = "quote", "devis", "quote"
    SIGNED_OFFER = "signed_offer", "offre signée", "signed offer"
    PROOF = "proof", "justificatif", "supporting document"
    OTHER = "other", "autre", "other"
