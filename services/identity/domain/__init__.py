"""Rules of the gateway's clients, as pure functions over frozen values. No clock, no database."""
