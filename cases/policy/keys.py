"""The keys a rule book may use: a book decides what they mean, the program what it can act on."""

TABLES = (
    *("version", "document_number", "title", "roles", "clauses", "colours", "grounds", "measures"),
    *("rules", "venues", "vehicles", "exits", "conditions", "outcomes", "parameters"),
)

CLAUSES = (
    *("1.1a", "1.1b", "1.1c", "1.1d", "1.1e", "1.1f", "1.1g"),
    *("1.2a", "1.2b", "1.2c", "1.3", "1.4"),
    *("2.0", "2.1a", "2.1b", "2.1c", "2.1d", "2.1e", "2.1f", "2.2a", "2.2b", "2.3"),
    *("3.1a", "3.1b", "3.1c", "3.2a", "3.2b", "3.2c", "3.3", "3.4a", "3.4b"),
    *("4.1", "4.2"),
)

RED_GROUNDS = (
    *("CONFIRMED", "SUSPECTED", "ASYMPTOMATIC", "CLOSE_CONTACT", "OVERSEAS"),
    *("ORDERED_ISOLATION", "SEVERE_AREA", "AUTO_RED", "OTHER_RED", "CONVALESCENT"),
)
YELLOW_GROUNDS = ("FEVER", "RISK_AREA", "AUTO_YELLOW", "OTHER_YELLOW")
GROUNDS = (*RED_GROUNDS, *YELLOW_GROUNDS)

CHANNELS = ("REPORTED", "GROUP", "COMMUNITY", "PROVINCE", "AUTOMATIC", "SELF", "ENGINE")

MEASURES = (
    *("HOSPITAL_TREATMENT", "HOSPITAL_ISOLATION", "CENTRAL_ISOLATION"),
    *("HOME_OBSERVATION", "CONVALESCENCE", "COMMUNITY_MONITORING"),
)
PLACES = ("HOSPITAL", "ISOLATION_SITE", "HOME")

EXITS = (
    *("CONTROL_ENDED", "DISCHARGED", "EXCLUDED", "INDEX_EXCLUDED", "RECLASSIFIED"),
    *("FEVER_CLEARED", "TESTED_NEGATIVE", "AREA_LIFTED", "RELEASED", "DEATH"),
)
# Of these a person reads on their own page; the others speak of somebody else, or of what has yet to be found out.
EXITS_TOLD = frozenset(
    ("CONTROL_ENDED", "DISCHARGED", "EXCLUDED", "FEVER_CLEARED", "TESTED_NEGATIVE", "AREA_LIFTED", "RELEASED")
)
# What of a way back a person reads: the days, the test, what they do themselves, what one office enters.
CONDITIONS_TOLD = frozenset(
    (
        *("PERIOD_OVER", "NEGATIVE_BEFORE_RELEASE", "DISCHARGE_RECORDED", "EXCLUSION_REPORTED", "RULED_OUT"),
        *(
            "NEGATIVE_AFTER_ONSET",
            "DECLARED_WELL",
            "NEGATIVE_FOR_RISK",
            "LIFTED_WITHOUT_TEST",
            "RELEASE_APPROVED",
        ),
    )
)

# Of these, what somebody who may move about goes out for: a test, a clinic.
GONE_OUT_FOR = frozenset(("RULED_OUT", "NEGATIVE_AFTER_ONSET", "NEGATIVE_FOR_RISK"))

NEEDS = ("index_case", "area", "document", "order_basis")

OUTCOMES = ("NEGATIVE", "POSITIVE", "INCONCLUSIVE", "PENDING", "LOST")

MOVEMENTS = ("FORBIDDEN", "RESTRICTED", "NORMAL")

COUNT_FROM = ("began", "isolation")

# What each rule without a table of its own asks for.
RULES = {
    "SEVERE_SITUATION": ("ASSESSMENT", "CONSENT"),
    "TRANSPORT": ("POINT_TO_POINT", "CLOSED"),
    "RESTRICTED_ENTRY": ("REASON",),
    "RIDE": ("MASK",),
    "POSITIVE_RESULT": ("CDC_REPORT",),
    "GATE": ("CODE", "TEMPERATURE"),
    "ANY_CITY_CODE": ("ISSUED_IN_PROVINCE",),
}

# A condition in each of the states it can be in, with what its sentence may fill in.
# A notice is met by the record or report itself.
NOTICES = (
    *("DISCHARGE_RECORDED", "EXCLUSION_REPORTED", "INDEX_EXCLUSION_REPORTED"),
    *("RECLASSIFICATION_REPORTED", "LIFTED_WITHOUT_TEST", "RELEASE_APPROVED", "DEATH_RECORDED"),
)
CONDITIONS: dict[str, dict[str, frozenset[str]]] = {
    "PERIOD_OVER": {
        "met": frozenset({"until"}),
        "not_yet": frozenset({"until"}),
        "open_end": frozenset(),
        "no_order": frozenset(),
    },
    "NEGATIVE_BEFORE_RELEASE": {
        "met": frozenset({"sampled_at"}),
        "none": frozenset({"earliest_sample"}),
        "too_early": frozenset({"sampled_at", "earliest_sample"}),
        "not_negative": frozenset({"sampled_at", "outcome"}),
        "no_due_day": frozenset(),
    },
    "RULED_OUT": {
        "met": frozenset({"visit_at"}),
        "none": frozenset({"since"}),
        "not_ruled_out": frozenset({"visit_at"}),
    },
    "NEGATIVE_AFTER_ONSET": {
        "met": frozenset({"sampled_at"}),
        "none": frozenset({"since"}),
        "too_early": frozenset({"sampled_at", "since"}),
        "not_negative": frozenset({"sampled_at", "outcome"}),
    },
    "DECLARED_WELL": {
        "met": frozenset({"declared_at"}),
        "wait": frozenset(),
        "none": frozenset({"earliest"}),
        "too_early": frozenset({"declared_at", "earliest"}),
        "unwell": frozenset({"declared_at"}),
        "same_hands": frozenset({"declared_at"}),
    },
    "NEGATIVE_FOR_RISK": {
        "met": frozenset({"sampled_at"}),
        "none": frozenset({"earliest_sample"}),
        "too_early": frozenset({"sampled_at", "earliest_sample"}),
        "not_negative": frozenset({"sampled_at", "outcome"}),
    },
    "POSITIVES_ANSWERED": {"met": frozenset(), "unanswered": frozenset({"sampled_at"})},
    "NO_REPORT_WAITS": {"met": frozenset(), "waits": frozenset()},
    **{notice: {"met": frozenset(), "none": frozenset()} for notice in NOTICES},
}
