"""Starting the embedded set-up."""

import socket

import pytest
from django.core.management import CommandError, call_command


def test_a_port_at_which_another_server_listens_is_refused_before_anything_is_done():
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as the server itself does
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(CommandError, match="is taken"):
            call_command("start", port=other.getsockname()[1])
