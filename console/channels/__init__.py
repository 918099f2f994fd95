"""Where people are told of tickets: one file per kind of channel, and the delivery.

A channel sends what it is told and says whether it was taken; retries, order and leases are the outbox's.
"""
