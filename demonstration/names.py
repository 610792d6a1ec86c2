"""Words that invented names are made of."""

MARK = "(démo)"

CAE_KINDS = (
    "La Fabrique", "Coopérative", "Les Ateliers", "Le Comptoir", "L'Atelier", "La Ruche", "Le Passage",
    "Les Compagnons", "La Traverse", "Le Chantier", "L'Archipel", "La Grande Ourse", "Le Tremplin",
)  # fmt: skip
CAE_PLACES = (
    "des Métiers", "du Lac", "des Hautes Terres", "du Littoral", "des Deux Rives", "du Grand Chemin",
    "de la Colline", "du Vieux Pont", "des Entrepreneurs", "de l'Estuaire", "des Quatre Vents", "du Canal",
)  # fmt: skip
GIVEN_NAMES = (
    "Aïcha", "Alban", "Amandine", "Anaïs", "Bastien", "Camille", "Céline", "Chloé", "Damien", "Élodie",
    "Émeric", "Farid", "Gaëlle", "Hélène", "Idriss", "Inès", "Jeanne", "Joël", "Karim", "Léa", "Loïc",
    "Maëlle", "Malik", "Manon", "Mathieu", "Nadia", "Noé", "Océane", "Paul", "Quentin", "Rémi", "Rose",
    "Samir", "Séverine", "Solène", "Thibault", "Valérie", "Yaëlle", "Yann", "Zoé",
)  # fmt: skip
FAMILY_NAMES = (
    "Abadie", "Arnaud", "Barbier", "Benoît", "Besançon", "Blanchard", "Bouvet", "Cadiou", "Carpentier",
    "Chevalier", "Collet", "Da Silva", "Delorme", "Diallo", "Dupré", "Estève", "Fabre", "Ferrand",
    "Garnier", "Girard", "Guyot", "Haddad", "Jaouen", "Joubert", "Kowalski", "Lacroix", "Le Bihan",
    "Lemaître", "L'Hostis", "Marchal", "Mercier", "Moreau", "N'Guessan", "Nguyen", "Nicolas", "Ollivier",
    "Pelletier", "Perrin", "Poulain", "Quéré", "Renaud", "Rivière", "Roche", "Sanchez", "Saunier",
    "Tanguy", "Teixeira", "Tessier", "Vasseur", "Weber",
)  # fmt: skip
