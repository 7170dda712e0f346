# Values that may be awaited.
import sys


class Awaitable:
    """Newer functions await what older ones took at once; these values allow both."""

    def __await__(self):
        return self
        yield


class AwaitableDict(Awaitable, dict):
    pass


class AwaitableList(Awaitable, list):
    pass


class AwaitableText(Awaitable, str):
    pass


class AwaitableTruth(Awaitable, int):
    pass


class AwaitableNone(Awaitable):
    def __bool__(self):
        return False

    def __await__(self):
        return None
        yield


def is_awaited(frame):
    """Whether the caller's next step is `await`: only then may `None` be wrapped."""
    import dis

    code = frame.f_code.co_code
    index = frame.f_lasti + 2
    while index < len(code) and dis.opname[code[index]] in ("CACHE", "EXTENDED_ARG"):
        index += 2
    return index < len(code) and dis.opname[code[index]] == "GET_AWAITABLE"


def nothing(depth=2):
    return AwaitableNone() if is_awaited(sys._getframe(depth)) else None
