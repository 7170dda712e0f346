# What a function prints.
import os
import threading


class Log:
    """stdout and stderr of the function: lines to the log, of which the server keeps a little."""

    encoding = "utf-8"
    errors = "replace"
    name = "<log>"

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.lock = threading.Lock()

    def write(self, text):
        data = str(text).encode("utf-8", "replace")
        with self.lock:
            for start in range(0, len(data), 1 << 16):
                os.write(self.descriptor, data[start : start + (1 << 16)])
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def isatty(self):
        return False

    def writable(self):
        return True

    def readable(self):
        return False

    def fileno(self):
        return self.descriptor
