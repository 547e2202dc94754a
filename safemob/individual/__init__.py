"""Above the line: what is known about single road users. It lives in memory and dies there.

Arrays in, arrays out; NumPy and SciPy and nothing else. No file, socket, logger, clock or serializer
is imported anywhere in here, and a test holds that list.
"""
