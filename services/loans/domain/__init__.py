"""Rules of the prêts d'honneur: pure functions over frozen values; whole cents, `today` an argument."""
