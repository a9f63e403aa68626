"""From when on something looks wrong: every threshold of the board, in one place. All are ours; the guide names none.

Zhengzhou, June 2022: 1,317 people were made red without a ground, at one venue. Each row asks what would have shown it.
"""

from datetime import timedelta

RECENT = timedelta(days=30)  # how far back grounds and deliveries are looked at

UNRESOLVED_REDS = 1  # reds on one evidence that leads to no case, area, flight, document or result
OUTSIDE_REDS = 3  # reds that one office entered on people who do not live in its area

OFFICER_PERIOD = timedelta(days=1)
OFFICER_REDS = 50  # reds that one officer entered within that time
VOID_PERIOD = timedelta(days=7)
OFFICER_VOIDS = 3  # an officer's entries that were voided within that time

BATCH_SHARE = 0.30  # of a delivery resting on one reference
BATCH_ROWS = 20  # in deliveries of at least so many cases

SPLIT_PERIOD = timedelta(days=1)
SPLIT_REDS = 10  # entered on the reference of a case that was held, after it was held, by several people

OVERDUE = timedelta(days=1)  # beyond the end of a control order

LOG_DAYS = 3  # days of health logs that are compared
LOGS_OF_ONE = 20  # temperatures that one person kept in them
LOGS_EQUAL = 0.80  # of which so many are one number: measured, or copied?
LOGS_PEOPLE = 5  # and of so many people

SECOND_WITHIN = timedelta(seconds=30)  # from the proposal to its decision: nobody has read anything
DEVICE_WITHIN = timedelta(
    hours=1
)  # from the proposal to its decision, both by whoever logged in on one device
NIGHT_BEGINS, NIGHT_ENDS = 20, 8  # o'clock
SECONDS_A_NIGHT = 3  # decisions that quick, of the same two people in one night

LOOK_UP_PERIOD = timedelta(days=7)
LOOK_UP_TASK = timedelta(days=1)  # within which a look-up is followed by some act on that person
LOOK_UPS_IN_VAIN = 10  # of one account within the period
LOOK_UPS_BY = 4  # people who looked one person up within the period

REFUSED_PERIOD = timedelta(days=7)
REFUSED_LOG_INS = 10  # through the directory, for one reason within the period
LOG_INS_FAILED = 30  # on one day, and a third of all
REFUSED_ACCESS = 20  # pages and addresses refused to one account within the period

FORGED_PERIOD = timedelta(days=7)
FORGED_AN_HOUR = 3  # passes at one door that nobody here made

LINKS_PERIOD = timedelta(days=1)
LINKS_OF_ONE = 6  # by which one person's code was handed to phones

CREDENTIALS_PERIOD = timedelta(days=7)  # in which whoever was let in is named
ADMINISTRATORS = 3  # two grant; a third lets one of them be away

ROWS_OF_A_SIGN = 50  # on the board
