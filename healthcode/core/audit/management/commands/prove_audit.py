"""Write a proof for a stranger to check with `docs/verify_proof.py`."""

from argparse import FileType
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import BaseCommand, CommandError, CommandParser

from healthcode.core.audit import batched, checkpoints, proofs
from healthcode.core.audit.batched import Batched
from healthcode.core.audit.models import Event


class Command(BaseCommand):
    help = (
        "Print the proof that an event, or a row of a batch, is in the sealed ledger, or that the ledger continues an "
        "older checkpoint."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--event", type=int, help="the number of the event")
        what.add_argument("--row", metavar="gatecheck:17", help="a row of a batch, as the ledger calls it")
        what.add_argument("--since", type=FileType(encoding="utf-8"), help="a file with an older checkpoint")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["since"]:
                proof = proofs.consistency(checkpoints.parse(options["since"].read())[-1])
            elif options["row"]:
                proof = proofs.of_row(_row(options["row"]))
            else:
                proof = proofs.inclusion(Event.objects.get(pk=options["event"]))
        except Event.DoesNotExist as error:
            raise CommandError(f"There is no event {options['event']}.") from error
        except (proofs.NotSealed, checkpoints.NotACheckpoint) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(proofs.text(proof), ending="")


def _row(name: str) -> Batched:
    kind, _colon, key = name.partition(":")
    for model in batched.models_of():
        if model.audit_name == kind and key.isdecimal():
            try:
                row: Batched = model._base_manager.get(pk=key)
            except ObjectDoesNotExist:
                break
            return row
    raise CommandError(f"There is no row {name}.")
