"""Rules of the capital top-ups, as pure functions over frozen values. No clock, no database."""
