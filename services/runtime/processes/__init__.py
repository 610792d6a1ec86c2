"""Child processes that never outlive the command that started them."""
