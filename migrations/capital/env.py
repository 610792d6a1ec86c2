from services.capital.persistence.tables import metadata
from services.runtime.database.migrations import run_environment

run_environment(metadata)
