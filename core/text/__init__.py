"""What people type and read: texts, numbers, days, and the languages and regions they are in."""
