"""What is kept of persons: declared, exported, purged."""
