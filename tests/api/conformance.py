"""Whether an answer is what the schema says: its status, its content type and its body."""

import json
import re
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator


class Described:
    """The API as it describes itself, to hold answers against."""

    def __init__(self) -> None:
        self.schema = SchemaGenerator().get_schema(request=None, public=True)
        self.paths = {
            re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path))): path
            for path in self.schema["paths"]
        }
        self.components = _plain(self.schema["components"])

    def operations(self, method: str) -> list[tuple[str, dict[str, Any]]]:
        """Return every address that answers to a method, with what is said of it."""
        return [(path, one[method]) for path, one in self.schema["paths"].items() if method in one]

    def faults(self, method: str, path: str, answer: HttpResponse) -> list[str]:
        """Return in what an answer differs from what is described; nothing where it fits."""
        known = next((there for shape, there in self.paths.items() if shape.fullmatch(path)), None)
        if known is None or method not in self.schema["paths"][known]:
            return [f"{method} {path} is not described"]
        where = f"{method} {known} {answer.status_code}"
        described = self.schema["paths"][known][method]["responses"].get(str(answer.status_code))
        if described is None:
            return [f"{where}: not described: {answer.content.decode()[:200]}"]
        content, kind = described.get("content", {}), answer["Content-Type"].partition(";")[0]
        if kind not in content:
            return [f"{where}: {kind} in place of {sorted(content)}"]
        return [f"{where}: {fault}" for fault in self._of_body(content[kind].get("schema", {}), answer)]

    def _of_body(self, schema: dict[str, Any], answer: HttpResponse) -> list[str]:
        whole = {**_plain(schema), "components": self.components}
        errors = Draft202012Validator(whole).iter_errors(json.loads(answer.content))
        return [f"{error.json_path}: {error.message[:200]}" for error in errors]


def _plain(schema: Any) -> Any:
    """Return a schema of OpenAPI 3.0 as JSON Schema has it: `nullable` is another type there."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _plain(one) for key, one in schema.items() if key != "nullable"}
    if schema.get("nullable") is not True:
        return found
    if isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
        return found
    return {"anyOf": [found, {"type": "null"}]}
