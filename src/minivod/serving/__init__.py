"""Serving: HTTP connections between uvicorn and the application; knows nothing of what is served."""
