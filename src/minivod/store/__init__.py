"""SQL and rows: the only place that talks to PostgreSQL; every query of tenants' data takes the application."""
