"""The box that JobOps is shipped in: Dockerfile, compose.yaml, backups."""
