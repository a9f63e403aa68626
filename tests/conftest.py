pytest_plugins = ("tests.factories", "tests.databases", "tests.pace", "tests.raised", "tests.rows")
