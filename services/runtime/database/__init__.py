"""The way to PostgreSQL: transactions that say who calls, roles, migrations."""
