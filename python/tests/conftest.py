"""Shells that run the tests in the background switch Ctrl-C off; the tests send it themselves."""

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
