"""What mail says of the work: of changes, of a technician's day, of what became overdue."""
