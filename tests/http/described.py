"""Checks every response that a test receives against the API's description."""

import copy
import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from web.api.openapi.document import describe_api

Json = dict[str, Any]


_DESCRIPTIONS: list["Description"] = []


def description_of(app: Flask) -> "Description":
    """The description, made once: it is the same for every application in this process."""
    if not _DESCRIPTIONS:
        _DESCRIPTIONS.append(Description(describe_api(app)))
    return _DESCRIPTIONS[0]


class DescribedClient(FlaskClient):
    """A test client that fails on a response of the API that is not described."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        answer = super().open(*args, **options)
        request = answer.request
        if request.path.startswith("/api/"):
            description_of(self.application).check(request.method, request.path, answer)
        return answer


class Description:
    """The document, with strict schemas: responses have no fields but those described."""

    def __init__(self, document: Json) -> None:
        self.document = copy.deepcopy(document)
        for schema in self.document["components"]["schemas"].values():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        self._paths = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path)
            for path in sorted(self.document["paths"], key=lambda path: path.count("{"))
        ]
        self._validators: dict[int, Draft202012Validator] = {}

    def check(self, method: str, path: str, answer: TestResponse) -> None:
        """Raises `AssertionError` unless the response is described."""
        place = next((known for like, known in self._paths if like.fullmatch(path)), None)
        described = self.document["paths"].get(place, {}).get(method.lower())
        told = f"{method} {path} → {answer.status_code} {answer.mimetype}: {answer.headers}"
        if described is None:
            assert answer.status_code in (404, 405) or method in ("HEAD", "OPTIONS"), told
            return
        response = self.response(described, answer.status_code)
        assert response is not None, f"The status is not described: {told}"
        assert answer.mimetype in response["content"], f"The type is not described: {told}"
        for name, header in response.get("headers", {}).items():
            assert name in answer.headers or not header["required"], f"{name} is missing: {told}"
        if answer.is_json:
            schema = response["content"][answer.mimetype]["schema"]
            self._validator(schema).validate(answer.get_json())

    def _validator(self, schema: Json) -> Draft202012Validator:
        found = self._validators.get(id(schema))
        if found is None:
            whole = {**schema, "components": self.document["components"]}
            checker = Draft202012Validator.FORMAT_CHECKER
            found = Draft202012Validator(whole, format_checker=checker)
            self._validators[id(schema)] = found
        return found

    def response(self, described: Json, status: int) -> Json | None:
        """The description of the operation's response with this status; follows a reference."""
        response: Json | None = described["responses"].get(str(status))
        if response and "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].split("/")[-1]]
        return response
