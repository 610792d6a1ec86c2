"""Bearer tokens: the keys that sign them, and how they are read."""
