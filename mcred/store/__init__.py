"""The one door to git: snapshots, the log with its signatures, writing without checkout, the remote.

Speaks of commits, trees, blobs and files; knows nothing of credentials, the clock or the terminal.
"""
