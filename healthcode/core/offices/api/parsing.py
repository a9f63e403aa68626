"""Reading requests: one JSON object, in text that every database can store."""

import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request


class ObjectParser(JSONParser):
    """Refuse JSON that no request means: lists, lone surrogates, nesting without end."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        try:
            body = super().parse(stream, media_type, parser_context)
            json.dumps(body, ensure_ascii=False).encode()
        except (RecursionError, UnicodeError) as error:
            raise ParseError() from error
        if not isinstance(body, dict):
            raise ParseError()
        return body


def body_of(request: Request) -> dict[str, Any]:
    """Return the request's JSON object; without a body an empty one. Raises RequestDataTooBig."""
    if not request.body:  # read here, because only this way Django's limit of size counts
        return {}
    return dict(request.data)  # ObjectParser lets nothing but objects through
