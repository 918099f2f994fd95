"""Tickets, decisions, grants; who may decide.

What opens a ticket, who may close it and what an approval allows belong here; how rows are kept belongs to
`casebook`, how a person is asked to `console`.
"""
