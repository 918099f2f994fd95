"""One file per log format, each ending in one `READER`; being in this folder is being registered.

To add a format, copy the nearest neighbour; what several formats share belongs one folder up.
"""
