"""Every service on accounts, tokens and offices, and what the house itself keeps: attempts, seals, retention."""

from itertools import count
from typing import Any

from cases.services.setup import files
from healthcode.core.acts import attempts
from healthcode.core.audit import sealing
from healthcode.core.offices import (
    accounts,
    break_glass,
    confirmations,
    heads,
    open_sessions,
    own_passwords,
    passkeys,
    refused_access,
    registry,
    second_factor,
    tokens,
    totp,
    tries,
)
from healthcode.core.offices.api import idempotency
from healthcode.core.offices.models import OpenSession, User
from healthcode.portal.recurring import anchors, retention
from healthcode.portal.seals import checking
from healthcode.portal.signs import board
from tests.cases.scenes import Scene, T, later
from tests.last_write.scenario import NO, NOW, YES, Act, Scenarios, decided, on
from tests.new_city.tables import STAFF, table
from tests.new_city.tables import prepared as prepared_file
from tests.offices.authenticator import Authenticator

_serial = count(1)


def prepared(scene: Scene) -> Any:
    values = {"username": f"new.{next(_serial)}", "name": "新账号", "role": "community"}
    office = scene.cast.office("community-yulin")
    return accounts.create(office=office, by=scene.cast.admin_one, at=T, **values)


def granted(scene: Scene) -> Any:
    user = prepared(scene)
    accounts.grant(user, by=scene.cast.admin_two, at=T)
    return user


def head_asked(scene: Scene) -> Any:
    user = granted(scene)
    heads.ask(user, by=scene.cast.admin_one, at=T)
    return user


def reassigning(scene: Scene) -> Act:
    office = scene.cast.office("community-nanming")
    return decided(accounts.reassign, granted(scene), scene, "admin.one", role="community", office=office)


def token_prepared(scene: Scene) -> Any:
    values = {
        "label": "接口",
        "acts": ["case.open"],
        "expires_at": later(days=30),
        "by": scene.cast.admin_one,
        "at": T,
    }
    return tokens.prepare(scene.cast.province, **values)


def refused_log_in(scene: Scene) -> Act:
    return lambda: tries.log_in_refused(scene.cast.cdc_city, address="10.0.0.9", at=NOW)


def refused_page(scene: Scene) -> Act:
    return lambda: refused_access.count(scene.cast.cdc_city, "signs/", at=NOW)


def glass_broken(scene: Scene) -> Act:
    by, locked_out = accounts.system(at=T), scene.cast.admin_two
    return lambda: break_glass.let_in(locked_out, by=by, at=T)


KEY = b"12345678901234567890"


def with_second_factor(scene: Scene) -> User:
    user = granted(scene)
    second_factor.add(user, KEY, totp.code_of(KEY, totp.step_at(T)), at=T)
    return user


def adding_factor(scene: Scene) -> Act:
    user, at, another = with_second_factor(scene), later(minutes=5), KEY[::-1]
    return lambda: second_factor.add(user, another, totp.code_of(another, totp.step_at(at)), at=at)


def typing_code(scene: Scene) -> Act:
    user, at = with_second_factor(scene), later(minutes=5)
    return lambda: second_factor.verify(user, totp.code_of(KEY, totp.step_at(at)), at=at)


def granting_removal(scene: Scene) -> Act:
    user = with_second_factor(scene)
    second_factor.ask_removal(user, by=scene.cast.admin_one, at=T)
    return decided(second_factor.grant_removal, user, scene, "admin.two")


SITE = passkeys.Site("localhost", "http://localhost")


def making_passkey(scene: Scene) -> tuple[User, Authenticator, Act]:
    user, device, challenge = with_second_factor(scene), Authenticator(), passkeys.new_challenge()
    device.credential = f"credential {next(_serial)}".encode()
    made = device.make(challenge)
    return user, device, lambda: passkeys.add(user, made, challenge, name="电脑", site=SITE, at=T)


def with_passkey(scene: Scene) -> tuple[User, Authenticator, Any]:
    user, device, add = making_passkey(scene)
    return user, device, add()


def answering(scene: Scene) -> Act:
    user, device, _passkey = with_passkey(scene)
    challenge = passkeys.new_challenge()
    answer = device.sign(challenge)
    return lambda: passkeys.verify(user, answer, challenge, site=SITE, at=NOW)


def changing_passkey(scene: Scene, act: Any, *values: str) -> Act:
    user, _device, passkey = with_passkey(scene)
    return lambda: act(user, passkey.pk, *values, at=NOW)


def opened(scene: Scene) -> Any:
    like = scene.cast.office("community-yulin")
    values = {"name": "新单位", "kind": like.kind, "division": like.division}
    return registry.open_office(code=f"new-{next(_serial)}", by=scene.cast.admin_one, at=T, **values)


def of_machines(scene: Scene) -> Any:
    division = scene.cast.office("bureau").division
    values = {"name": "新数据源", "kind": "FEED", "division": division, "by": scene.cast.admin_one, "at": T}
    return registry.open_office(code=f"feed-{next(_serial)}", **values)


def keeping(scene: Scene) -> Act:
    typed = attempts.Typed({"reason": ["x"]})
    return lambda: attempts.keep(typed, page="/", by=scene.cast.admin_one, at=NOW)


def interrupted(scene: Scene) -> Act:
    typed, by = attempts.Typed({"reason": ["x"]}, interrupted="ended"), scene.cast.admin_one
    for _time in range(attempts.MOST_INTERRUPTED):
        attempts.keep_interrupted(typed, page="/", by=by, at=T)
    return lambda: attempts.keep_interrupted(typed, page="/", by=by, at=NOW)


def sending(scene: Scene) -> Act:
    typed, by = attempts.Typed({"reason": ["x"]}, interrupted="ended"), scene.cast.admin_one
    mark = attempts.keep_interrupted(typed, page="/", by=by, at=T)
    return lambda: attempts.sent(mark, by=by)


def forgetting(scene: Scene) -> Act:
    keeping(scene)()
    return lambda: attempts.forget_old(by=scene.cast.admin_one, at=later(days=3))


def mailing(scene: Scene) -> Act:
    sealing.seal(at=T)
    return lambda: anchors.mail(to=["x@example.gov.cn"], by=scene.cast.admin_one, at=NOW)


def erasing_old(scene: Scene) -> Act:
    scene.person()
    (period,) = (one for one in retention.PERIODS if one.key == "persons")
    return lambda: retention.apply_part(period, by=scene.cast.admin_one, at=later(days=2000))


def marking(scene: Scene) -> Act:
    scene.overseas(scene.person(), evidence_ref="入境登记")
    scene.overseas(scene.person(), evidence_ref="入境登记")
    subject = board.subject_of(board.rows("evidence", at=NOW)[0])
    return lambda: board.mark_seen("evidence", subject, by=scene.cast.supervisor_city, at=NOW)


def remembering(scene: Scene) -> Act:
    key = f"key-{next(_serial)}"
    return lambda: idempotency.remember(scene.cast.province, key, "0" * 64, at=NOW)


def changing_password(scene: Scene) -> Act:
    user = User.objects.get(pk=granted(scene).pk)
    code = confirmations.of(user)
    return lambda: own_passwords.change(user, "Xinchang-2020-own", confirmation=code, at=T)


def ending_sessions(scene: Scene) -> Act:
    user = granted(scene)
    OpenSession.objects.create(user=user, key=f"key-{next(_serial)}", opened_at=T, seen_at=T)
    return lambda: open_sessions.end(user, by=scene.cast.admin_one, at=NOW)


def file_prepared(scene: Scene) -> Any:
    row = (f"new.{next(_serial)}", "新账号", "", "社区管控人员", "community-yulin")
    return prepared_file("STAFF", table(STAFF, row), at=T)


def granted_file(scene: Scene) -> Any:
    file = file_prepared(scene)
    files.decide(file, approve=True, by=scene.cast.admin_two, at=T)
    return file


SCENARIOS: Scenarios = {
    open_sessions.end: ending_sessions,
    files.prepare: lambda s: lambda: file_prepared(s),
    files.decide: lambda s: decided(files.decide, file_prepared(s), s, "admin.two", **YES),
    (files.decide, "no"): lambda s: decided(files.decide, file_prepared(s), s, "admin.two", **NO),
    files.take_letters: lambda s: decided(files.take_letters, granted_file(s), s, "admin.two"),
    accounts.create: lambda s: lambda: prepared(s),
    accounts.grant: lambda s: decided(accounts.grant, prepared(s), s, "admin.two"),
    accounts.reassign: reassigning,
    accounts.deactivate: lambda s: decided(accounts.deactivate, granted(s), s, "admin.one", reason="离职"),
    accounts.reset_password: lambda s: decided(accounts.reset_password, granted(s), s, "admin.one"),
    own_passwords.change: changing_password,
    confirmations.read: lambda s: decided(confirmations.read, granted(s), s, "admin.one"),
    files.read_confirmations: lambda s: decided(files.read_confirmations, granted_file(s), s, "admin.one"),
    heads.ask: lambda s: decided(heads.ask, granted(s), s, "admin.one"),
    heads.grant: lambda s: decided(heads.grant, head_asked(s), s, "admin.two"),
    heads.release: lambda s: decided(heads.release, head_asked(s), s, "admin.one"),
    break_glass.let_in: glass_broken,
    refused_access.count: refused_page,
    tries.log_in_refused: refused_log_in,
    tries.directory_refused: lambda s: lambda: tries.directory_refused(s.cast.cdc_city, at=NOW),
    refused_access.count_no_name: lambda s: lambda: refused_access.count_no_name(at=NOW),
    refused_access.count_log_in: lambda s: lambda: refused_access.count_log_in("directory.refused", at=NOW),
    passkeys.add: lambda s: making_passkey(s)[2],
    passkeys.verify: answering,
    passkeys.rename: lambda s: changing_passkey(s, passkeys.rename, "手机"),
    passkeys.remove: lambda s: changing_passkey(s, passkeys.remove),
    second_factor.add: adding_factor,
    second_factor.verify: typing_code,
    second_factor.ask_removal: lambda s: decided(
        second_factor.ask_removal, with_second_factor(s), s, "admin.one"
    ),
    second_factor.grant_removal: granting_removal,
    tokens.prepare: lambda s: lambda: token_prepared(s),
    tokens.grant: lambda s: decided(tokens.grant, token_prepared(s), s, "admin.two"),
    tokens.revoke: lambda s: decided(tokens.revoke, token_prepared(s), s, "admin.one"),
    registry.grant: lambda s: decided(registry.grant, of_machines(s), s, "admin.two"),
    registry.open_office: lambda s: lambda: opened(s),
    registry.correct: lambda s: decided(
        registry.correct, opened(s), s, "admin.one", name="x", name_en="", phone="", address=""
    ),
    idempotency.remember: remembering,
    attempts.keep: keeping,
    attempts.keep_interrupted: interrupted,
    attempts.sent: sending,
    attempts.forget_old: forgetting,
    sealing.seal: lambda s: on(s.person(), lambda _: sealing.seal(at=NOW)),
    checking.ask: lambda s: lambda: checking.ask("", by=s.cast.supervisor_city, at=NOW),
    anchors.mail: mailing,
    retention.apply_part: erasing_old,
    board.mark_seen: marking,
}
