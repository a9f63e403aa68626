"""Files of a ticket: told by their bytes, few and small, sealed, handed out only to who may read the ticket."""

import pytest

from complaints.services import attachments
from healthcode.core.audit.models import Event
from healthcode.core.offices.refusals import NotAllowed
from tests.cases.scenes import refused

from .desk import NOON

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"


def add(desk, ticket, content=PNG, name="截图.png"):
    return attachments.add(ticket, name=name, content=content, by=desk.cast.community_yulin, at=NOON)


@pytest.mark.parametrize(
    ("content", "kind"), [(PNG, "PNG"), (b"\xff\xd8\xff\xe0jfif", "JPEG"), (b"%PDF-1.7 x", "PDF")]
)
def test_the_bytes_say_what_a_file_is(desk, content, kind):
    assert add(desk, desk.routed(), content, "whatever.txt").get_content_type_display() == kind


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"MZ\x90", b"GIF89a"])
def test_anything_else_is_refused_whatever_its_name(desk, content):
    refused(attachments.WrongType, add, desk, desk.routed(), content, "picture.png")


def test_a_file_of_more_than_ten_megabytes_is_refused(desk):
    refused(attachments.AttachmentTooLarge, add, desk, desk.routed(), PNG + b"0" * attachments.MAX_BYTES)


def test_a_ticket_has_at_most_ten_files(desk):
    ticket = desk.routed()
    for number in range(10):
        add(desk, ticket, PNG + bytes([number]))
    refused(attachments.TooMany, add, desk, ticket, PNG + b"eleven")


def test_a_file_is_kept_sealed(desk):
    attachment = add(desk, desk.routed())
    assert b"pixels" not in bytes(attachment.sealed) and attachment.content == PNG


def test_a_name_loses_its_folders(desk):
    assert add(desk, desk.routed(), name="..\\..\\etc/pass\nwd.png").name == "passwd.png"


def test_a_file_is_read_by_who_may_read_the_ticket_and_it_is_written_down(desk):
    attachment = add(desk, desk.routed())
    assert attachments.read(attachment, by=desk.cast.bureau_two, at=NOON) == PNG
    assert Event.objects.filter(action="ticket.attachment_read", actor="bureau.two").exists()


@pytest.mark.parametrize("username", ["community.nanming", "duty.city", "admin.one"])
def test_a_file_is_not_handed_to_others(desk, username):
    attachment = add(desk, desk.routed())
    refused(NotAllowed, attachments.read, attachment, by=desk.cast[username], at=NOON)


def test_the_same_file_is_added_once(desk):
    ticket = desk.routed()
    add(desk, ticket)
    refused(attachments.ThereAlready, add, desk, ticket, name="又一张.png")
