"""The request body of an operation."""

from __future__ import annotations

from typing import Final

from web.api.openapi.operations import Described, Json
from web.api.openapi.schemas import Schemas
from web.request_bodies.limits import FILE_TYPES

_EXAMPLE: Final = (
    "order_number,order_date,customer_number,customer_name,customer_email,street,city,postal_code,"
    "country,vat_id,currency,line_number,sku,description,quantity,unit,unit_price,"
    "discount_percent,tax_category,tax_percent\r\n"
    "N-1,2026-03-01,C9,Åsa Lind,,Storgatan 1,Malmö,21134,SE,,EUR,1,SKU,Desk,2,C62,10.00,0,S,25\r\n"
)
_ORDERS_FILE: Final[Json] = {
    "text/csv": {
        "schema": {"type": "string", "description": "The file itself, in UTF-8."},
        "example": _EXAMPLE,
    },
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {
                "file": {
                    "type": "string",
                    "format": "binary",
                    "contentMediaType": "text/csv",
                    "description": "The file as a part with a file name.",
                }
            },
        },
        "encoding": {"file": {"contentType": "text/csv"}},
    },
    **{
        kind: {"schema": {"type": "string", "format": "binary"}}
        for kind in FILE_TYPES
        if kind != "text/csv"
    },
}


def request_body(described: Described, schemas: Schemas) -> Json | None:
    """The body's description; None for an operation that reads no body."""
    operation = described.operation
    if operation.takes == "orders file":
        return {"required": True, "content": _ORDERS_FILE}
    if operation.body is None:
        return None
    content: Json = {"schema": schemas.reference(operation.body)}
    examples = schemas.definition(operation.body).get("examples", ())
    if examples:
        content["examples"] = {str(n): {"value": value} for n, value in enumerate(examples, 1)}
    return {"required": operation.body_required, "content": {"application/json": content}}
