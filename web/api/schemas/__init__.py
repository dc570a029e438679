"""Requests and answers of the API as pydantic models, a module per noun."""
