pytest_plugins = ("tests.factories", "tests.databases", "tests.raised", "tests.rows")
