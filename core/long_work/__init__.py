"""Work that takes minutes: a row holds where it stands, and one process at a time has it in hand.

What it does, and the states in between, each kind of work says for itself.
"""
