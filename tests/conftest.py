pytest_plugins = [
    "tests.real.browser",
    "tests.real.dovecot",
    "tests.real.postgres",
    "tests.real.server",
    "tests.real.smtp",
    "tests.support",
    "tests.trials",
]
