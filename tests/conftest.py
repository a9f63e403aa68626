pytest_plugins = ("tests.databases", "tests.factories")
