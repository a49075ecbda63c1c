"""Who is who, in a real PostgreSQL."""
