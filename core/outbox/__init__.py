"""The outbox: all that leaves the house (rule R8).

`posting` writes what there is to tell, in the transaction of the change that causes it; `gathering`
makes messages of it, by what people want; `delivering` claims each, has it made and sent by its
channel, and records it. Any number of processes do this at once, and any of them can be killed:
what nobody has is taken up by the next sweep, and the message that was in flight is named as in
doubt.
"""
