"""The parts of the API's description (OpenAPI 3.1), each built from what the code declares."""
