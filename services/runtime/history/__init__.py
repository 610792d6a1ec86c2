"""What is told of each dossier: facts, audit trail, feed of events, and the relay that orders it."""
