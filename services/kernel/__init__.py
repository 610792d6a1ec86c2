"""Words that both services share: money, identifiers, calendar, refusals, callers. No I/O, no framework."""
