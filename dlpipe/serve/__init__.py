"""Answers pictures over HTTP. Starlette and uvicorn are imported in here and nowhere else."""
