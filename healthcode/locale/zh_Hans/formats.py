from healthcode.locale.en.formats import *  # noqa: F403
