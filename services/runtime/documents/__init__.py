"""Documents attached to dossiers: what is taken, where contents are kept, the proof that they are there."""
