"""What can be invoked: one class for each message of the SDK, named as the message is.

A class has the message's parameters as attributes and answers it. Keys of
parameters are in snake case, those of what they hold in camel case.
"""
