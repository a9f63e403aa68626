"""What a rule book must hold, and how a fault is told: line and key."""

import pytest

from cases.policy import keys, shipped
from cases.policy.rulebook import RuleBookError, parse


@pytest.mark.parametrize("version", shipped.VERSIONS)
def test_a_shipped_book_loads(version, roles):
    assert parse(shipped.text(version), roles=roles).version == version


def test_an_unknown_version_is_not_shipped():
    with pytest.raises(KeyError):
        shipped.text("../keys")


@pytest.mark.parametrize("clause", keys.CLAUSES)
def test_a_missing_clause_is_named(guide_editor, fault, clause):
    error = fault(guide_editor.without_table(f'clauses."{clause}"'))
    assert error.key == f'clauses."{clause}"'
    assert error.line


def test_a_clause_that_no_row_carries_is_named(guide_editor, fault):
    edited = guide_editor
    for table in ("rules.TRANSPORT", "vehicles.AMBULANCE", "vehicles.CLOSED_BUS"):
        edited = edited.having(table, 'clause = "2.0"')
    error = fault(edited)
    assert error.key == 'clauses."2.1f"'
    assert error.line == edited.line_of('[clauses."2.1f"]')


@pytest.mark.parametrize("ground", keys.GROUNDS)
def test_a_missing_ground_is_named(guide_editor, fault, ground):
    assert fault(guide_editor.without_table(f"grounds.{ground}")).key == f"grounds.{ground}"


@pytest.mark.parametrize("ground", keys.GROUNDS)
def test_a_ground_without_exit_is_named(guide_editor, fault, ground):
    edited = guide_editor.without(f"grounds.{ground}", "exits")
    error = fault(edited)
    assert error.key == f"grounds.{ground}.exits"
    assert error.line == edited.line_of(f"[grounds.{ground}]")


def test_an_empty_list_of_exits_is_no_exit(guide_editor, fault):
    error = fault(guide_editor.having("grounds.FEVER", "exits = []"))
    assert (error.key, error.message) == ("grounds.FEVER.exits", "Must not be empty.")


@pytest.mark.parametrize(
    ("table", "line", "key"),
    [
        ("grounds.FEVER", 'exits = ["FEVER_CLEAR"]', "grounds.FEVER.exits.0"),
        ("grounds.OVERSEAS", 'measure = "CENTRAL"', "grounds.OVERSEAS.measure"),
        ("grounds.OVERSEAS", 'follows = ["MONITORING"]', "grounds.OVERSEAS.follows.0"),
        ("grounds.OVERSEAS", 'channels.COMMUNITY = ["clerk"]', "grounds.OVERSEAS.channels.COMMUNITY.0"),
        ("grounds.OVERSEAS", 'channels.MAIL = ["group"]', "grounds.OVERSEAS.channels.MAIL"),
        ("grounds.OVERSEAS", 'clause = "1.9"', "grounds.OVERSEAS.clause"),
        ("grounds.OVERSEAS", 'entered = ["3.9"]', "grounds.OVERSEAS.entered.0"),
        ("grounds.OVERSEAS", 'needs = ["passport"]', "grounds.OVERSEAS.needs.0"),
        ("grounds.OVERSEAS", 'colour = "GREEN"', "grounds.OVERSEAS.colour"),
        ("exits.CONTROL_ENDED", 'roles = ["officers"]', "exits.CONTROL_ENDED.roles.0"),
        ("exits.CONTROL_ENDED", 'conditions = ["TIME"]', "exits.CONTROL_ENDED.conditions.0"),
        ("measures.CENTRAL_ISOLATION", 'places = ["HOTEL"]', "measures.CENTRAL_ISOLATION.places.0"),
        ("rules.GATE", 'requires = ["PASS"]', "rules.GATE.requires.0"),
        ("colours.RED", 'movement = "STOP"', "colours.RED.movement"),
        ("parameters.count_from", 'value = "arrival"', "parameters.count_from.value"),
        ("roles", 'nurse.zh = "护士"', "roles.nurse"),
    ],
)
def test_an_unknown_name_is_refused_at_its_line(guide_editor, fault, table, line, key):
    edited = guide_editor.having(table, line)
    error = fault(edited)
    assert error.key == key
    assert error.line == edited.line_of(line)
    assert error.message.startswith("Unknown ")


def test_a_role_the_program_does_not_know_is_refused(guide, roles):
    with pytest.raises(RuleBookError, match=r"roles\.officer"):
        parse(guide, roles=roles - {"officer"})


def test_a_role_without_a_name_is_refused(guide_editor, fault):
    error = fault(guide_editor.without("roles", "officer"))
    assert error.key == "exits.CONTROL_ENDED.roles.0"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "table", ["grounds.FEVER", "measures.CONVALESCENCE", "exits.DISCHARGED", 'clauses."1.3"', "venues.SCHOOL"]
)
def test_a_missing_language_is_named(guide_editor, fault, table, language):
    error = fault(guide_editor.without(table, language))
    assert (error.key, error.message) == (f"{table}.{language}", "Is missing.")


def test_a_default_of_ours_is_told_in_both_languages(guide_editor, fault):
    assert fault(guide_editor.without("parameters.fever_celsius", "ours.en")).key.endswith("ours.en")


def test_a_blank_text_is_refused(guide_editor, fault):
    assert fault(guide_editor.having("grounds.FEVER", 'zh = " "')).message == "Must not be blank."


@pytest.mark.parametrize(
    ("table", "line", "message"),
    [
        ("measures.CENTRAL_ISOLATION", 'days = "14"', "Must be a whole number."),
        ("measures.CENTRAL_ISOLATION", "days = true", "Must be a whole number."),
        ("measures.CENTRAL_ISOLATION", "days = 0", "Must be at least 1."),
        ("parameters.fever_celsius", 'value = "37.3"', "Must be a number."),
        ("parameters.fever_celsius", "value = nan", "Must be a number."),
        ("parameters.province_entered_by_group", "value = 0", "Must be true or false."),
        ("venues.SCHOOL", 'yellow_restricted = "yes"', "Must be true or false."),
        ("grounds.FEVER", "zh = 1", "Must be a text."),
        ("grounds.FEVER", 'exits = "FEVER_CLEARED"', "Must be a list."),
        ("grounds.FEVER", "exits = [1]", "Must be a text."),
        ("grounds.CONFIRMED", 'exits = ["DISCHARGED", "DISCHARGED"]', "'DISCHARGED' stands here twice."),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_at_its_line(guide_editor, fault, table, line, message):
    edited = guide_editor.having(table, line)
    error = fault(edited)
    assert error.message == message
    assert error.line == edited.line_of(line)


def test_a_measure_with_days_has_no_open_end(guide_editor, fault):
    error = fault(guide_editor.having("measures.CENTRAL_ISOLATION", "open_end = true"))
    assert error.key == "measures.CENTRAL_ISOLATION.days"


def test_a_measure_says_how_long_it_takes(guide_editor, fault):
    error = fault(guide_editor.without("measures.CENTRAL_ISOLATION", "days"))
    assert error.key == "measures.CENTRAL_ISOLATION.days"


def test_a_table_of_the_wrong_kind_is_refused(fault, guide_editor):
    edited = guide_editor.without("grounds.FEVER", "began").having("grounds.FEVER", 'began = "onset"')
    assert fault(edited).message == "Must be a table."


def test_a_typing_error_in_a_key_is_refused_with_the_key_that_was_meant(guide_editor, fault):
    edited = guide_editor.without("grounds.FEVER", "colour").having("grounds.FEVER", 'color = "YELLOW"')
    error = fault(edited)
    assert error.key == "grounds.FEVER.color"
    assert error.line == edited.line_of("color =")
    assert error.message == "Unknown key 'color'. Did you mean 'colour'?"


@pytest.mark.parametrize(
    "table", ["measures.CONVALESCENCE", "exits.DEATH", "venues.OTHER", "parameters.count_from"]
)
def test_no_table_takes_a_key_it_does_not_know(guide_editor, fault, table):
    assert fault(guide_editor.having(table, "note = 1")).key == f"{table}.note"


def test_an_unknown_table_is_refused(guide_editor, fault):
    guide_editor.text += "\n[appendix]\nzh = 'x'\n"
    assert fault(guide_editor).key == "appendix"


def test_a_sentence_may_only_fill_in_what_is_known(guide_editor, fault):
    edited = guide_editor.having("conditions.PERIOD_OVER", 'says.met.zh = "于{due}期满。"')
    error = fault(edited)
    assert error.key == "conditions.PERIOD_OVER.says.met.zh"
    assert error.line == edited.line_of("says.met.zh = ")


def test_an_open_brace_is_refused(guide_editor, fault):
    edited = guide_editor.having("conditions.PERIOD_OVER", 'says.met.zh = "于{until期满。"')
    assert fault(edited).message.startswith("Is no valid template")


def test_a_plain_text_takes_no_placeholder(guide_editor, fault):
    assert fault(guide_editor.having("grounds.FEVER", 'zh = "{until}"')).key == "grounds.FEVER.zh"


def test_a_missing_sentence_of_a_condition_is_named(guide_editor, fault):
    error = fault(guide_editor.without("conditions.PERIOD_OVER", "says.open_end"))
    assert error.key == "conditions.PERIOD_OVER.says.open_end"


def test_what_follows_by_itself_needs_days(guide_editor, fault):
    error = fault(guide_editor.having("grounds.OVERSEAS", 'follows = ["ORDERED_ISOLATION"]'))
    assert error.key == "grounds.OVERSEAS.follows.0"


def test_an_exit_without_a_clause_must_be_ours(guide_editor, fault):
    edited = guide_editor.without("exits.DEATH", "ours")
    assert fault(edited).key == "exits.DEATH.clause"


def test_a_syntax_error_names_its_line(guide_editor, fault):
    edited = guide_editor.having("grounds.FEVER", "clause = ")
    error = fault(edited)
    assert error.line == edited.line_of("clause = ")


def test_a_text_that_never_ends_names_the_last_line(fault, guide_editor):
    guide_editor.text = 'version = "1"\ntitle = """\nx\n'
    assert fault(guide_editor).line == 3


def test_a_key_given_twice_names_a_line(guide_editor, fault):
    guide_editor.text = 'version = "1"\nversion = "2"\n'
    assert fault(guide_editor).line == 2


def test_the_error_reads_as_one_line(guide_editor, fault):
    error = fault(guide_editor.having("grounds.FEVER", "exits = []"))
    assert str(error) == f"line {error.line}: grounds.FEVER.exits: Must not be empty."


def test_a_ride_is_not_restricted(guide_editor, fault):
    error = fault(guide_editor.having("venues.TAXI", "yellow_restricted = true"))
    assert error.key == "venues.TAXI.ride"


def test_a_decided_book_stays_readable_when_the_program_learns_another_ground(guide, roles, monkeypatch):
    monkeypatch.setattr(keys, "GROUNDS", (*keys.GROUNDS, "NEW_RED"))
    with pytest.raises(RuleBookError):
        parse(guide, roles=roles)
    assert "NEW_RED" not in parse(guide, roles=roles, decided=True).grounds
