"""Start the embedded set-up: migrate, load the demo on the first run, print how to log in, serve, and tick."""

import os
import signal
import socket
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.management.demo.cast import USERS, make_password
from cases.models import RuleBook
from cases.policy.rulebook import RuleBookError
from healthcode.core.offices.models import User
from healthcode.core.vault.embedded import DEMO_PASSWORD

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = "Migrate, load the demo on the first run (later runs keep the data), and serve on this machine."
    requires_migrations_checks = False
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "`start` is the embedded set-up with demo data; production runs granian itself."
            )
        self._require_free(options["port"])
        self._report("Preparing the database …")
        call_command("migrate", verbosity=0)
        self._require_readable_books()
        password = self._load()
        self._greet(password, options["port"])
        self._serve(options["port"])

    def _require_free(self, port: int) -> None:
        """Refuse a port at which another server answers: both would listen, and a log-in reach either."""
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((HOST, port))
            except OSError as error:
                raise CommandError(
                    f"Port {port} is taken: another server runs there. Stop it, or say --port with another number."
                ) from error

    def _serve(self, port: int) -> None:
        """Run the server, and beside it the recurring work, until one is stopped."""
        serve = ["-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)]
        # No proxy takes bodies whole before: each that comes slowly keeps a thread, and pages need some beside.
        # Below its errors the server speaks of processes and threads: what a newcomer needs stands above.
        serve += ["--blocking-threads", "32", "--no-ws", "--log-level", "error"]
        serve += ["healthcode.wsgi:application"]
        # Ctrl-C reaches both; a SIGTERM ends this process, which takes both along.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        tick = [sys.executable, sys.argv[0], "tick", "--every", "30"]
        # Our own interpreter, no shell.
        running = [subprocess.Popen(command) for command in (tick, [sys.executable, *serve])]  # noqa: S603
        try:
            running[-1].wait()
        except KeyboardInterrupt:
            pass
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait()

    def _require_readable_books(self) -> None:
        """Refuse the data of an earlier version, whose rule book lacks what this program reads."""
        try:
            for book in RuleBook.objects.all():
                assert book.policy
        except RuleBookError as error:
            raise CommandError(
                f"The demo data under {settings.VAR_DIR} is of an earlier version ({error})."
                " Delete the folder to begin anew."
            ) from error

    def _load(self) -> str:
        """Load the demo once; the password stays in a file beside the database, for its owner only."""
        file = settings.VAR_DIR / DEMO_PASSWORD
        if not User.objects.exists():
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as opened:
                opened.write(make_password())
            self._report("First run: making the demo, which takes some seconds …")
        password = file.read_text().strip()
        call_command("load_demo", password=password, stdout=self.stdout)
        return password

    def _report(self, line: str) -> None:
        """Print a line at once: behind a pipe it would wait in a buffer till the end."""
        self.stdout.write(line)
        self.stdout.flush()

    def _greet(self, password: str, port: int) -> None:
        names = [name for name, role, *_ in USERS if User(role=role).is_staff]
        self.stdout.write(f"\n  http://{HOST}:{port}/")
        self.stdout.write(f"  a citizen's phone  http://{HOST}:{port}/demo/phone/")
        self.stdout.write(f"\n  password  {password}\n  users     {names[0]}")
        for name in names[1:]:
            self.stdout.write(f"            {name}")
        self.stdout.write("")
