"""Drills of what stands around the portal: nginx and Prometheus, with the files of `deploy/`."""

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

from tools.drill_faults import served
from tools.drill_load import slow_bodies
from tools.drill_portal import Portal, free_port, until

DEPLOY = Path("deploy")
HOST = "portal.example.gov.cn"  # as in the file
BEHIND = {"PROXY_COUNT": "1", "ALLOWED_HOSTS": f"127.0.0.1,{HOST}", "CSRF_TRUSTED_ORIGINS": f"https://{HOST}"}
NGINX = """
pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    {temporary}
    include {folder}/site.conf;
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
LOG_INS, GENTLE = 20, 10 << 20
FIRING, PENDING = "firing", "pending"


@dataclass(frozen=True)
class FrontAnswer:
    """What came back: status, headers by name, text."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True)
class Front:
    """A running nginx."""

    http: int
    https: int

    def ask(self, path: str, *, body: bytes | None = None, source: str = "127.0.0.1") -> FrontAnswer:
        """Ask over HTTPS, from one of this machine's addresses."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.https, timeout=30, context=_trusting(), source_address=(source, 0)
        )
        return _answered(connection, path, body)

    def connect(self) -> socket.socket:
        return _trusting().wrap_socket(socket.create_connection(("127.0.0.1", self.https)))


def front() -> None:
    """Put nginx with the shipped file before pages and door: what passes, what it answers itself, who goes on."""
    if shutil.which("nginx") is None:
        print("        NOT TRIED: nginx is not installed")
        return
    with served(settings=BEHIND) as one:
        one.manage("collectstatic", "--noinput", "--verbosity", "0")
        one.start("door", *one.granian(one.port + 1), role="web")
        until(
            "the door's server is ready",
            lambda: one.ask("/readyz", one.port + 1) == 200,
            within=60,
            since=time.monotonic(),
        )
        with nginx(one) as front:
            _passes(one, front)
            _bounds(front)
            _paces(front)
            _goes_on(one, front)


@contextmanager
def nginx(one: Portal) -> Iterator[Front]:
    """Run nginx with the file of `deploy/`, but for ports and paths."""
    folder, front = one.folder / "nginx", Front(free_port(), free_port())
    folder.mkdir()
    key, certificate = folder / "portal.key", folder / "portal.crt"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    site = (DEPLOY / "nginx" / "healthcode.conf").read_text()
    for shipped, here in (
        ("127.0.0.1:8000", f"127.0.0.1:{one.port}"),
        ("127.0.0.1:8010", f"127.0.0.1:{one.port + 1}"),
        ("listen 80;", f"listen 127.0.0.1:{front.http};"),
        ("listen 443", f"listen 127.0.0.1:{front.https}"),
        ("/etc/healthcode/tls", str(folder)),
        ("/var/lib/healthcode/static/", f"{one.folder}/static/"),
    ):
        if shipped not in site:
            raise SystemExit(f"The file of nginx does not say {shipped!r} any more.")
        site = site.replace(shipped, here)
    (folder / "site.conf").write_text(site)
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    user = "user root;" if os.geteuid() == 0 else ""  # the folder of a drill is closed to others
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=user, temporary=temporary))
    command = ["nginx", "-c", str(folder / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    if checked.returncode or "[warn]" in checked.stderr:
        raise SystemExit(f"nginx refuses the file:\n{checked.stderr}")
    print("        nginx -t: the file is sound")
    running = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        until("nginx answers", lambda: _listens(front.https), within=10, since=time.monotonic())
        yield front
    finally:
        running.terminate()
        running.wait()


def _passes(one: Portal, front: Front) -> None:
    """See that pages, static files, door and monitors come through, each as it should."""
    plain = _answered(http.client.HTTPConnection("127.0.0.1", front.http), "/cases/", None)
    expect("HTTP is sent to HTTPS", plain.status == 301 and plain.headers["location"].startswith("https://"))
    page = front.ask("/login/")
    expect("a page comes through", page.status == 200 and "secure" in page.headers["set-cookie"].lower())
    request = page.headers["x-request-id"]
    until(
        "its number is in the log", lambda: request in one.output("server"), within=5, since=time.monotonic()
    )
    found = re.search(r'"(/static/[^"]+\.css)"', page.text)
    sheet = front.ask(found[1] if found else "")
    kept = "max-age=31536000" in sheet.headers.get("cache-control", "")
    expect(
        "static files come from nginx", sheet.status == 200 and kept and "x-request-id" not in sheet.headers
    )
    expect("the door answers", front.ask("/api/v1/gate/checks").status == 401)
    expect("the inner network may ask", front.ask("/readyz").status == 200)
    outside = [front.ask(f"/{name}", source="127.0.0.2").status for name in ("readyz", "statusz", "metrics")]
    expect("nobody else may", outside == [403] * 3)


def _bounds(front: Front) -> None:
    """See which bodies are refused, and in which words."""
    page, problem = (front.ask(path, body=bytes(3 * GENTLE)) for path in ("/cases/", "/api/v1/cases"))
    expect("a page's body beyond all limits: 413 in both languages", page.status == 413)
    expect("… which a person reads", "文件过大" in page.text and "too large" in page.text)
    expect("… and a machine", json.loads(problem.text)["code"] == "too_large")
    largest = front.ask("/api/v1/tickets", body=bytes(int(1.4 * GENTLE)))
    expect("ten megabytes as JSON reach the portal", "x-request-id" in largest.headers)
    deliveries = [front.ask(path, body=bytes(3 * GENTLE)) for path in ("/api/v1/uploads", "/do/deliver/")]
    expect(
        "a delivery of thirty megabytes reaches the portal",
        [one.status for one in deliveries] == [401, 403],
        str(deliveries),
    )
    expect("not so a body of that size for a door", front.ask("/gate/", body=bytes(GENTLE)).status == 413)
    with slow_bodies(front.connect):
        time.sleep(2)
        began = time.monotonic()
        front.ask("/login/")
        took = time.monotonic() - began
    expect(f"beside four bodies that never end a page takes {took:.2f} s", took < 1)


def _paces(front: Front) -> None:
    """See that one address cannot guess on, and reads why."""
    answers = [front.ask("/login/", source="127.0.0.3") for _ in range(LOG_INS)]
    refused = [answer for answer in answers if answer.status == 429]
    expect(f"of {LOG_INS} log-ins in a row {len(refused)} are too many", 0 < len(refused) < LOG_INS)
    last = refused[-1]
    expect("… and say until when", "请求过于频繁" in last.text and last.headers["retry-after"] == "5")


def _goes_on(one: Portal, front: Front) -> None:
    """Kill the pages' server, then the door's: the other goes on, and nginx has a sentence."""
    blow = time.monotonic()
    one.kill("server")
    print("   0.0 s  kill -9 of the pages' server")
    until("pages are 503 with Retry-After", lambda: _away(front, "/cases/"), within=5, since=blow)
    expect("… which a person reads", "刚才确认的操作" in front.ask("/cases/").text)
    expect("… and a machine", json.loads(front.ask("/api/v1/cases").text)["code"] == "unavailable")
    expect("the door goes on", front.ask("/api/v1/gate/checks").status == 401)
    one.kill("door")
    until("so is the door, killed too", lambda: _away(front, "/gate/"), within=5, since=blow)
    expect("… with what the keeper does by hand", "手工记下" in front.ask("/gate/").text)
    expect("… and a device", json.loads(front.ask("/api/v1/gate/checks").text)["code"] == "unrecorded")
    for name in ("server", "door"):
        one.start_again(name)
    again = time.monotonic()
    until("pages are back", lambda: front.ask("/readyz").status == 200, within=60, since=again)
    until("the door is back", lambda: front.ask("/api/v1/gate/checks").status == 401, within=60, since=again)


def alerts() -> None:
    """Let Prometheus scrape a portal by the shipped files, and kill the portal: somebody is called."""
    if shutil.which("promtool") is None or shutil.which("prometheus") is None:
        print("        NOT TRIED: Prometheus is not installed")
        return
    checked = subprocess.run(
        ["promtool", "check", "config", DEPLOY / "prometheus" / "prometheus.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    expect("promtool finds the files sound", checked.returncode == 0, checked.stdout + checked.stderr)
    with served() as one:
        figures = free_port()
        measured = ("--metrics", "--metrics-address", "127.0.0.1", "--metrics-port", str(figures))
        one.kill("server")
        one.start("server", *one.granian(one.port)[:-1], *measured, one.granian(one.port)[-1], role="web")
        with prometheus(one, figures) as port:
            began = time.monotonic()
            until("it is scraped", lambda: _value(port, "healthcode_ready") == 1, within=90, since=began)
            until(
                "granian's requests too",
                lambda: (_value(port, "sum(granian_requests_handled)") or 0) > 0,
                within=60,
                since=began,
            )
            expect("no backup was made: it waits for the morning", _states(port).get("BackupOld") == PENDING)
            expect("nothing else is wrong", set(_states(port)) <= {"BackupOld"}, str(_states(port)))
            one.kill("server")
            blow = time.monotonic()
            print("   0.0 s  kill -9 of the server")
            until("it is noticed", lambda: _states(port).get("PortalDown") == PENDING, within=30, since=blow)
            until("it rings", lambda: _states(port).get("PortalDown") == FIRING, within=90, since=blow)
            one.start_again("server")
            again = time.monotonic()
            until("it is quiet again", lambda: "PortalDown" not in _states(port), within=60, since=again)


@contextmanager
def prometheus(one: Portal, figures: int) -> Iterator[int]:
    """Run Prometheus with the files of `deploy/`, but for ports and a scrape each second; give its port."""
    folder, port = one.folder / "prometheus", free_port()
    shutil.copytree(DEPLOY / "prometheus", folder)
    shipped = (folder / "prometheus.yml").read_text().replace("15s", "1s").replace("10s", "1s")
    shipped = shipped.replace("127.0.0.1:8000", f"127.0.0.1:{one.port}")
    shipped = shipped.replace("127.0.0.1:9100, 127.0.0.1:9110", f"127.0.0.1:{figures}")
    (folder / "prometheus.yml").write_text(shipped)
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    with (one.folder / "prometheus.log").open("ab") as log:
        running = subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log
        )
    try:
        until("Prometheus answers", lambda: _listens(port), within=30, since=time.monotonic())
        yield port
    finally:
        running.terminate()
        running.wait()


def expect(what: str, holds: bool, words: str = "") -> None:
    """Print what holds; end the drill where it does not."""
    if not holds:
        raise SystemExit(f"\nNOT SO: {what}\n{words}")
    print(f"        {what}")


def _value(port: int, expression: str) -> float | None:
    found = _read(port, f"query?query={quote(expression)}")["result"]
    return float(found[0]["value"][1]) if found else None


def _states(port: int) -> dict[str, str]:
    return {alert["labels"]["alertname"]: alert["state"] for alert in _read(port, "alerts")["alerts"]}


def _read(port: int, path: str) -> Any:
    with urlopen(f"http://127.0.0.1:{port}/api/v1/{path}", timeout=10) as answer:
        return json.load(answer)["data"]


def _away(front: Front, path: str) -> bool:
    answer = front.ask(path)
    return answer.status == 503 and answer.headers.get("retry-after") == "5"


def _answered(connection: http.client.HTTPConnection, path: str, body: bytes | None) -> FrontAnswer:
    try:
        connection.request("GET" if body is None else "POST", path, body=body, headers={"Host": HOST})
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        return FrontAnswer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)
    finally:
        connection.close()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it signed itself a moment ago
    return context
