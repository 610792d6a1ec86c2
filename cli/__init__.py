"""The command line: `essor up`, `essor token`, `essor import loans`... No rule lives here."""
