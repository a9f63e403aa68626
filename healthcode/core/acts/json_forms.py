"""Forms for machines: an operation's form as a schema, and a JSON object as what that form reads.

The rules stay the form's. Here is only what a browser's form cannot get wrong and JSON can: types.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from healthcode.core.acts.base import Operation
from healthcode.core.offices.api.problems import WHOLE, FieldFault, Problem
from healthcode.core.offices.models import User

SEEN = "seen"
Given = dict[str, Any]


def serializer_of(operation: type[Operation], prefix: str = "") -> type[serializers.Serializer[Any]]:
    """Return the request's schema: the form's fields in their order, and for an act on a subject the version seen."""
    names = [*(operation.field_order or ()), *operation.base_fields]
    fields: dict[str, Any] = {name: _described(operation.base_fields[name]) for name in dict.fromkeys(names)}
    fields |= {} if operation.alone else {SEEN: _seen()}
    name = prefix + operation.name.replace("-", " ").title().replace(" ", "")
    return type(name, (serializers.Serializer,), {"__doc__": operation.__doc__, **fields})


def filled(
    operation: type[Operation], body: Mapping[str, Any], *, subject: Any, by: User, at: datetime
) -> tuple[Operation, int | None]:
    """Return an operation's form filled in with a JSON object, and the version seen. Raises Problem("invalid")."""
    form = operation(subject=subject, by=by, at=at)
    form.data, form.files, seen, faults = _given(body, form)
    form.is_bound = True
    wrong = {fault.field for fault in faults}
    faults += [fault for fault in faults_of(form) if fault.field not in wrong]
    if faults:
        raise Problem("invalid", faults=faults)
    return form, seen


def _seen() -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="The `version` that you looked at: a newer one refuses with `stale_page` or `stale_ticket`.",
    )


def _given(body: Mapping[str, Any], form: Operation) -> tuple[Given, Given, int | None, list[FieldFault]]:
    """Return a body as the form's data and files, the version seen, and what is wrong with its types."""
    data: Given = {}
    files: Given = {}
    faults: list[FieldFault] = []
    seen = body.get(SEEN)
    if seen is not None and (not isinstance(seen, int) or isinstance(seen, bool)):
        faults.append(FieldFault(SEEN, "invalid", _("A whole number is expected.")))
    for name, value in body.items():
        field = form.fields.get(name)
        if name == SEEN or (field is not None and value is None):
            continue
        fault = _("Unknown field.") if field is None else _mistyped(field, value)
        if fault:
            faults.append(FieldFault(name, "unknown" if field is None else "invalid", fault))
        elif isinstance(field, forms.FileField):
            files[name] = SimpleUploadedFile(f"{name}.csv", base64.b64decode(value))
        else:
            data[name] = value
    # A browser leaves out what is not ticked; a machine that says nothing means what the form begins with.
    data |= {name: True for name, field in form.fields.items() if _ticked(field) and body.get(name) is None}
    return data, files, seen, faults


def _ticked(field: forms.Field) -> bool:
    return isinstance(field, forms.BooleanField) and field.initial is True


def faults_of(form: Operation) -> list[FieldFault]:
    """Return what the form, or the service behind it, found wrong."""
    return [
        FieldFault(WHOLE if name == "__all__" else name, error.code or "invalid", message)
        for name, errors in form.errors.as_data().items()
        for error in errors
        for message in error.messages
    ]


def _mistyped(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.BooleanField):
        return "" if isinstance(value, bool) else _("true or false is expected.")
    if isinstance(field, forms.FileField):
        return "" if isinstance(value, str) and _is_base64(value) else _("A file in base64 is expected.")
    if isinstance(value, str):
        return ""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and isinstance(_described(field), serializers.IntegerField | serializers.DecimalField):
        return ""
    # A number where text is meant has lost digits already: 3.3e+17 is nobody's document.
    return _("Text is expected.")


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _described(field: forms.Field) -> serializers.Field[Any, Any, Any, Any]:
    """Return the serializer field that describes a form's field."""
    options: dict[str, Any] = {
        "required": field.required,
        "label": field.label,
        "help_text": field.help_text or field.label,
    }
    if not field.required:
        options["allow_null"] = True
    match field:
        case forms.ModelChoiceField():
            return _reference(field, options)
        case forms.ChoiceField() if field.choices:
            keys = [key for key, _label in field.choices]  # type: ignore[union-attr,misc]
            return serializers.ChoiceField(choices=[key for key in keys if key], **options)
        case forms.BooleanField():
            if _ticked(field):
                options["default"] = True
                options.pop("required")
            return serializers.BooleanField(**options)
        case forms.DateTimeField():
            return serializers.DateTimeField(**options)
        case forms.DateField():
            return serializers.DateField(**options)
        case forms.DecimalField():
            return serializers.DecimalField(
                field.max_digits, field.decimal_places, coerce_to_string=False, **options
            )
        case forms.IntegerField():
            limits: dict[str, Any] = {"min_value": field.min_value, "max_value": field.max_value}
            return serializers.IntegerField(**limits, **options)
        case forms.UUIDField():
            return serializers.UUIDField(**options)
        case forms.FileField():
            return serializers.CharField(**{**options, "help_text": f"{field.label} (base64)"})
        case forms.CharField():
            return serializers.CharField(
                max_length=field.max_length, allow_blank=not field.required, **options
            )
    return serializers.CharField(allow_blank=not field.required, **options)


def _reference(field: forms.ModelChoiceField, options: Given) -> serializers.Field[Any, Any, Any, Any]:
    """Describe the choice of a row by the key that the form takes."""
    model = field.queryset.model._meta  # type: ignore[union-attr]
    key = model.get_field(field.to_field_name) if field.to_field_name else model.pk
    if isinstance(key, models.ForeignKey):  # what is decided about is named as where it was proposed
        key = key.target_field
    if isinstance(key, models.IntegerField):
        return serializers.IntegerField(**options)
    return serializers.CharField(allow_blank=not field.required, **options)
