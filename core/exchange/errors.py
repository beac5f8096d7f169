"""What goes wrong with a file, as sentences that can still be translated."""


class Sentence(str):
    """A finished English sentence that remembers its format string and parameters.

    In: a constant gettext-able `message` and its `%(name)s` parameters. Out: the text itself; `.message` and `.params`
    let the caller translate it: `gettext(sentence.message, **sentence.params)`.
    """

    message: str
    params: dict

    def __new__(cls, message: str, **params):
        self = super().__new__(cls, message % params)
        self.message, self.params = message, params
        return self


class ExchangeError(ValueError):
    """A file or a value that cannot be used: one sentence, and one of advice.

    In: two constant gettext-able strings that share the `%(name)s` parameters. `str(error)` is both in English;
    `.message`, `.advice` and `.params` are there to translate.
    """

    def __init__(self, message: str, advice: str = "", **params):
        self.message, self.advice, self.params = message, advice, params
        super().__init__(" ".join(part % params for part in (message, advice) if part))

    def __reduce__(self):
        return _rebuilt, (self.message, self.advice, self.params)


def _rebuilt(message: str, advice: str, params: dict) -> ExchangeError:
    return ExchangeError(message, advice, **params)
