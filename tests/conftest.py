pytest_plugins = [
    "tests.real.browser",
    "tests.real.databases",
    "tests.real.dovecot",
    "tests.real.postgres",
    "tests.real.server",
    "tests.real.smtp",
    "tests.api_cast",
    "tests.support",
    "tests.trials",
]
